"""The detector ``kubernetes``: manifests against the API's own schemas, and selectors that select nothing."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from runbook.detect.artefacts.artefact import Artefact, DetectorMissingError, Reported
from runbook.detect.artefacts.config.flavour import flavour, is_template
from runbook.detect.artefacts.config.schema import MAX_NODES, Broken, broken, report
from runbook.detect.artefacts.yaml_syntax import tree_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.yamltree import Node

DETECTOR = "kubernetes"
_CODES = frozenset({"unknown-key", "missing", "type", "value", "other", "removed-api", "selector"})
_BUILT_IN = re.compile(r"v1|(?:apps|batch|policy|autoscaling|extensions)/\w+|[\w.-]+\.k8s\.io/\w+")
_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong with the manifests of a file; nothing for other files.

    Raises:
        DetectorMissingError: the schemas are not installed.
    """
    if flavour(artefact) != "kubernetes":
        return []
    tree = tree_of(artefact)
    if tree.problem is not None or is_template(artefact):
        return []  # the detector for YAML says why
    found = []
    partial = _is_patch(artefact)
    for root in tree.documents:
        if root.size > MAX_NODES:
            continue
        for path, manifest in _manifests(_value(root)):
            found += [
                report(DETECTOR, root, Broken((*path, *one.path), one.what, one.message, one.key))
                for one in (*_schema_errors(manifest), *_selector(manifest))
                if not (partial and one.what in {"missing", "selector"})
            ]
    return found


def _is_patch(artefact: Artefact) -> bool:
    """Whether Kustomize lays the file over another one, so that it holds only what it changes.

    Its name or folder says so, or a kustomization beside it or up to two folders above names it under ``patches`` or
    ``patchesStrategicMerge`` (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/).
    """
    path = artefact.path.replace("\\", "/").lower()
    if re.search(r"(?:^|/)(?:patch(?:es)?/[^/]+|(?:[^/]*[-_.])?patch(?:[-_.][^/]*)?\.ya?ml)$", path):
        return True
    if artefact.folder is None:
        return False
    for up in range(3):
        for name in ("kustomization.yaml", "kustomization.yml", "Kustomization"):
            text = artefact.folder.text("/".join([*[".."] * up, name]))
            patches = re.search(r"(?m)^patches\w*:[^\n]*\n((?:(?:[ \t#-][^\n]*)?\n)*)", f"{text}\n") if text else None
            if patches is not None and artefact.name in patches[1]:
                return True
    return False


_WORDS = {
    **{word: True for base in ("yes", "on") for word in (base, base.title(), base.upper())},
    **{word: False for base in ("no", "off") for word in (base, base.title(), base.upper())},
}


def _value(node: Node) -> Any:
    """Plain values as kubectl reads them: ``yes``, ``no``, ``on`` and ``off`` without quotes are true and false."""
    if node.kind == "map":
        return {name: _value(entry.value) for name, entry in node.entries.items()}
    if node.kind == "list":
        return [_value(item) for item in node.items]
    return _WORDS[node.text] if node.plain and node.text in _WORDS else node.value()


def _manifests(value: Any) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("apiVersion"), str)
        or not isinstance(value.get("kind"), str)
    ):
        return
    if value["kind"] == "List" and isinstance(value.get("items"), list):
        for at, item in enumerate(value["items"]):
            for path, manifest in _manifests(item):
                yield ("items", at, *path), manifest
    elif "kustomize.config.k8s.io" not in value["apiVersion"]:
        yield (), value


def _schema_errors(manifest: dict[str, Any]) -> list[Broken]:
    api, kind = manifest["apiVersion"], manifest["kind"]
    if not _BUILT_IN.fullmatch(api):
        return []  # a custom resource: its schema is in the cluster
    versions = _versions()
    validator = _validator(versions[-1], kind, api)
    if validator is not None:
        return broken(validator, manifest)
    for version in reversed(versions[:-1]):
        if _known(version, kind, api):
            message = f"{kind} of {api} was removed after Kubernetes {version}"
            return [Broken(("apiVersion",), "removed-api", message, api)]
    if (api, kind) in _REMOVED:
        message = f"{kind} of {api} was removed in Kubernetes {_REMOVED[api, kind]}"
        return [Broken(("apiVersion",), "removed-api", message, api)]
    return []


_REMOVED = {
    **{
        ("extensions/v1beta1", kind): "1.16"
        for kind in ("Deployment", "DaemonSet", "ReplicaSet", "NetworkPolicy", "PodSecurityPolicy")
    },
    **{("apps/v1beta1", kind): "1.16" for kind in ("Deployment", "StatefulSet", "ReplicaSet")},
    **{("apps/v1beta2", kind): "1.16" for kind in ("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet")},
    ("extensions/v1beta1", "Ingress"): "1.22",
    ("networking.k8s.io/v1beta1", "Ingress"): "1.22",
    ("networking.k8s.io/v1beta1", "IngressClass"): "1.22",
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"): "1.22",
    ("rbac.authorization.k8s.io/v1beta1", "Role"): "1.22",
    ("rbac.authorization.k8s.io/v1beta1", "RoleBinding"): "1.22",
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole"): "1.22",
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding"): "1.22",
    ("batch/v1beta1", "CronJob"): "1.25",
    ("policy/v1beta1", "PodDisruptionBudget"): "1.25",
    ("policy/v1beta1", "PodSecurityPolicy"): "1.25",
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler"): "1.25",
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): "1.26",
}
"""For versions older than the packaged schemas, from the deprecation guide:
https://kubernetes.io/docs/reference/using-api/deprecation-guide/
"""


@cache
def _versions() -> list[str]:
    try:
        from kubernetes_validate import utils  # noqa: PLC0415  a heavy import, and only for manifests
    except ModuleNotFoundError:
        raise DetectorMissingError("the Python package kubernetes-validate is not installed") from None
    return list(dict.fromkeys(utils.all_versions()))


def _schema(version: str, kind: str, api: str) -> Any:
    """The schema of one kind, None if this version of Kubernetes does not know it."""
    from kubernetes_validate import utils  # noqa: PLC0415

    if not re.fullmatch(r"[A-Za-z]{1,80}", kind):
        return None
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api)
    try:
        return utils.schema_contents(
            f"kubernetes-json-schema/v{version}-local-strict/{kind.lower()}-{group}.json", version
        )
    except (OSError, utils.VersionNotSupportedError, utils.InvalidSchemaError):
        return None


def _known(version: str, kind: str, api: str) -> bool:
    return _schema(version, kind, api) is not None


@cache
def _definitions(version: str) -> Any:
    from kubernetes_validate import utils  # noqa: PLC0415
    from referencing import Registry, Resource  # noqa: PLC0415

    content = utils.schema_contents(f"kubernetes-json-schema/v{version}-local-strict/_definitions.json", version)
    return Resource.from_contents(content) @ Registry()


@cache
def _validator(version: str, kind: str, api: str) -> Any:
    schema = _schema(version, kind, api)
    if schema is None:
        return None
    import jsonschema  # noqa: PLC0415
    from referencing import Resource  # noqa: PLC0415

    registry = Resource.from_contents(schema) @ _definitions(version)
    return jsonschema.validators.Draft202012Validator(schema, registry=registry)


def _selector(manifest: dict[str, Any]) -> Iterator[Broken]:
    """The API server refuses a workload whose selector does not match its own template."""
    if manifest["kind"] not in _SELECTING or not isinstance(manifest.get("spec"), dict):
        return
    spec = manifest["spec"]
    wanted = _dig(spec, "selector", "matchLabels")
    labels = _dig(spec, "template", "metadata", "labels")
    if not isinstance(wanted, dict) or not isinstance(spec.get("template"), dict):
        return
    for key, value in wanted.items():
        if not isinstance(labels, dict) or labels.get(key) != value:
            message = f"the template has no label {key}={value}, which the selector asks for"
            yield Broken(("spec", "selector", "matchLabels", key), "selector", message, key)
            return


def _dig(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
