"""Sections and keys of systemd units.

Taken from the manual pages systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5),
systemd.resource-control(5), systemd.timer(5), systemd.socket(5), systemd.path(5), systemd.mount(5) and systemd.swap(5),
with the older names that systemd still reads.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONDITIONS = _words(
    "Architecture Firmware Virtualization Host KernelCommandLine KernelVersion Version Credential Environment "
    "Security Capability ACPower NeedsUpdate FirstBoot PathExists PathExistsGlob PathIsDirectory "
    "PathIsSymbolicLink PathIsMountPoint PathIsReadWrite PathIsEncrypted DirectoryNotEmpty FileNotEmpty "
    "FileIsExecutable User Group ControlGroupController Memory CPUs CPUFeature OSRelease MemoryPressure "
    "CPUPressure IOPressure KernelModuleLoaded "
)

UNIT = _words(
    "After AllowIsolate Before BindTo BindsTo CollectMode Conflicts DefaultDependencies Description Documentation "
    "FailureAction FailureActionExitStatus IgnoreOnIsolate IgnoreOnSnapshot JobRunningTimeoutSec JobTimeoutAction "
    "JobTimeoutRebootArgument JobTimeoutSec JoinsNamespaceOf OnFailure OnFailureIsolate OnFailureJobMode "
    "OnSuccess OnSuccessJobMode PartOf PropagatesReloadTo PropagatesStopTo RebootArgument RefuseManualStart "
    "RefuseManualStop ReloadPropagatedFrom Requires RequiresMountsFor RequiresOverridable Requisite "
    "RequisiteOverridable SourcePath StartLimitAction StartLimitBurst StartLimitInterval StartLimitIntervalSec "
    "StopPropagatedFrom StopWhenUnneeded SuccessAction SuccessActionExitStatus SurviveFinalKillSignal Upholds "
    "Wants WantsMountsFor "
) | {f"{kind}{name}" for kind in ("Condition", "Assert") for name in _CONDITIONS}

INSTALL = _words("Alias Also DefaultInstance RequiredBy UpheldBy WantedBy ")

_KILL = _words("KillMode KillSignal RestartKillSignal SendSIGHUP SendSIGKILL FinalKillSignal WatchdogSignal ")

_EXEC = _words(
    "ExecSearchPath WorkingDirectory RootDirectory RootImage RootImageOptions RootEphemeral RootHash "
    "RootHashSignature RootVerity RootImagePolicy MountImagePolicy ExtensionImagePolicy MountAPIVFS ProtectProc "
    "ProcSubset BindPaths BindReadOnlyPaths BindLogSockets MountImages ExtensionImages ExtensionDirectories User "
    "Group DynamicUser SupplementaryGroups SetLoginEnvironment PAMName CapabilityBoundingSet AmbientCapabilities "
    "NoNewPrivileges SecureBits SELinuxContext AppArmorProfile SmackProcessLabel LimitCPU LimitFSIZE LimitDATA "
    "LimitSTACK LimitCORE LimitRSS LimitNOFILE LimitAS LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING "
    "LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME UMask CoredumpFilter KeyringMode OOMScoreAdjust "
    "TimerSlackNSec Personality IgnoreSIGPIPE Nice CPUSchedulingPolicy CPUSchedulingPriority "
    "CPUSchedulingResetOnFork CPUAffinity NUMAPolicy NUMAMask IOSchedulingClass IOSchedulingPriority "
    "ProtectSystem ProtectHome RuntimeDirectory StateDirectory CacheDirectory LogsDirectory "
    "ConfigurationDirectory RuntimeDirectoryMode StateDirectoryMode CacheDirectoryMode LogsDirectoryMode "
    "ConfigurationDirectoryMode RuntimeDirectoryPreserve TimeoutCleanSec ReadWritePaths ReadOnlyPaths "
    "InaccessiblePaths ExecPaths NoExecPaths ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories "
    "TemporaryFileSystem PrivateTmp PrivateDevices PrivateNetwork NetworkNamespacePath PrivateIPC "
    "IPCNamespacePath MemoryKSM PrivatePIDs PrivateUsers ProtectHostname ProtectClock ProtectKernelTunables "
    "ProtectKernelModules ProtectKernelLogs ProtectControlGroups RestrictAddressFamilies RestrictFileSystems "
    "RestrictNamespaces LockPersonality MemoryDenyWriteExecute RestrictRealtime RestrictSUIDSGID RemoveIPC "
    "PrivateMounts MountFlags SystemCallFilter SystemCallErrorNumber SystemCallArchitectures SystemCallLog "
    "Environment EnvironmentFile PassEnvironment UnsetEnvironment StandardInput StandardOutput StandardError "
    "StandardInputText StandardInputData LogLevelMax LogExtraFields LogRateLimitIntervalSec LogRateLimitBurst "
    "LogFilterPatterns LogNamespace SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix TTYPath "
    "TTYReset TTYVHangup TTYColumns TTYRows TTYVTDisallocate LoadCredential LoadCredentialEncrypted "
    "ImportCredential SetCredential SetCredentialEncrypted UtmpIdentifier UtmpMode "
)

_RESOURCES = _words(
    "CPUAccounting CPUWeight StartupCPUWeight CPUQuota CPUQuotaPeriodSec AllowedCPUs StartupAllowedCPUs "
    "MemoryAccounting MemoryMin MemoryLow StartupMemoryLow DefaultMemoryLow DefaultMemoryMin MemoryHigh "
    "StartupMemoryHigh MemoryMax StartupMemoryMax MemorySwapMax StartupMemorySwapMax MemoryZSwapMax "
    "StartupMemoryZSwapMax MemoryZSwapWriteback AllowedMemoryNodes StartupAllowedMemoryNodes TasksAccounting "
    "TasksMax IOAccounting IOWeight StartupIOWeight IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax "
    "IOReadIOPSMax IOWriteIOPSMax IODeviceLatencyTargetSec IPAccounting IPAddressAllow IPAddressDeny "
    "SocketBindAllow SocketBindDeny RestrictNetworkInterfaces NFTSet IPIngressFilterPath IPEgressFilterPath "
    "BPFProgram DeviceAllow DevicePolicy Slice Delegate DelegateSubgroup DisableControllers ManagedOOMSwap "
    "ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMPreference "
    "ManagedOOMMemoryPressureDurationSec MemoryPressureWatch MemoryPressureThresholdSec CoredumpReceive "
    "MemoryLimit CPUShares StartupCPUShares BlockIOAccounting BlockIOWeight StartupBlockIOWeight "
    "BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth "
)

_RUNS = _KILL | _EXEC | _RESOURCES

SERVICE = _RUNS | _words(
    "BusName BusPolicy ExecCondition ExecReload ExecReloadPost ExecStart ExecStartPost ExecStartPre ExecStop "
    "ExecStopPost ExitType FailureAction FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID "
    "NonBlocking NotifyAccess OOMPolicy OpenFile PIDFile PermissionsStartOnly RebootArgument ReloadSignal "
    "RemainAfterExit Restart RestartForceExitStatus RestartMaxDelaySec RestartMode RestartPreventExitStatus "
    "RestartSec RestartSteps RootDirectoryStartOnly RuntimeMaxSec RuntimeRandomizedExtraSec Sockets "
    "StartLimitAction StartLimitBurst StartLimitInterval SuccessExitStatus SysVStartPriority TimeoutAbortSec "
    "TimeoutSec TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec Type "
    "USBFunctionDescriptors USBFunctionStrings WatchdogSec "
)

TIMER = _words(
    "AccuracySec DeferReactivation FixedRandomDelay OnActiveSec OnBootSec OnCalendar OnClockChange OnStartupSec "
    "OnTimezoneChange OnUnitActiveSec OnUnitInactiveSec Persistent RandomizedDelaySec RandomizedOffsetSec "
    "RemainAfterElapse Unit WakeSystem "
)

SOCKET = _RUNS | _words(
    "Accept AcceptFileDescriptors Backlog BindIPv6Only BindToDevice Broadcast DeferAcceptSec DirectoryMode "
    "ExecStartPost ExecStartPre ExecStopPost ExecStopPre FileDescriptorName FlushPending FreeBind IPTOS IPTTL "
    "KeepAlive KeepAliveIntervalSec KeepAliveProbes KeepAliveTimeSec ListenDatagram ListenFIFO ListenMessageQueue "
    "ListenNetlink ListenSequentialPacket ListenSpecial ListenStream ListenUSBFunction Mark MaxConnections "
    "MaxConnectionsPerSource MessageQueueMaxMessages MessageQueueMessageSize NoDelay PassCredentials "
    "PassFileDescriptorsToExec PassPIDFD PassPacketInfo PassSecurity PipeSize PollLimitBurst PollLimitIntervalSec "
    "Priority ReceiveBuffer RemoveOnStop ReusePort SELinuxContextFromNet SendBuffer Service SmackLabel "
    "SmackLabelIPIn SmackLabelIPOut SocketGroup SocketMode SocketProtocol SocketUser Symlinks TCPCongestion "
    "TimeoutSec Timestamping Transparent TriggerLimitBurst TriggerLimitIntervalSec Writable "
)

PATH = _words(
    "DirectoryMode DirectoryNotEmpty MakeDirectory PathChanged PathExists PathExistsGlob PathModified "
    "TriggerLimitBurst TriggerLimitIntervalSec Unit "
)

MOUNT = _RUNS | _words(
    "DirectoryMode ForceUnmount LazyUnmount Options ReadWriteOnly SloppyOptions TimeoutSec Type What Where "
)

AUTOMOUNT = _words("DirectoryMode ExtraOptions TimeoutIdleSec Where ")

SWAP = _RUNS | _words("Options Priority TimeoutSec What ")

SECTIONS: dict[str, frozenset[str]] = {
    "Unit": UNIT,
    "Install": INSTALL,
    "Service": SERVICE,
    "Timer": TIMER,
    "Socket": SOCKET,
    "Path": PATH,
    "Mount": MOUNT,
    "Automount": AUTOMOUNT,
    "Swap": SWAP,
    "Slice": _RESOURCES,
    "Scope": _KILL | _RESOURCES | _words("RuntimeMaxSec RuntimeRandomizedExtraSec TimeoutStopSec OOMPolicy"),
}
"""Section -> the keys it may hold."""

VALUES: dict[str, frozenset[str]] = {
    "Type": frozenset({"simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"}),
    "Restart": frozenset({"no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"}),
    "KillMode": frozenset({"control-group", "mixed", "process", "none"}),
}
"""Keys of ``[Service]`` whose value is one of a few words."""
