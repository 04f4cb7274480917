"""Command lines for the guard: destructive ones in every disguise, and harmless ones that look like them.

``deploy.sh`` in the current folder takes a project down, ``drop.sql`` drops a table, ``hello.sh`` and ``select.sql`` do
neither.
"""

from __future__ import annotations

FILES = {
    "deploy.sh": "#!/bin/bash\nset -e\ncd /srv/plexus\nsudo docker compose down\ndocker compose up -d\n",
    "outer.sh": "#!/bin/sh\n./deploy.sh\n",
    "drop.sql": "-- clean up\nBEGIN;\nDROP TABLE users;\nCOMMIT;\n",
    "hello.sh": "#!/bin/sh\n# rm -rf /srv\necho 'docker compose down'\n",
    "select.sql": "SELECT 'DROP TABLE users';\n",
    "tool.py": "print('rm -rf /')\n",
    "functions.sh": '#!/bin/bash\ndc() { docker compose -f app.yml "$@"; }\ndc pull\ndc down -v\n',
    "Makefile": "COMPOSE ?= docker compose -f app.yml\nDB := plexus\n\ntest: lint\n\tpytest -q\nlint:\n\truff check\n"
    "clean:\n\trm -rf build dist\nclean-db: lint\n\t@-dropdb $(DB)\nreset: clean-db test\n\n"
    "stop:\n\t$(COMPOSE) \\\n\t  down -v\nredo:\n\t$(MAKE) stop\n.PHONY: test clean stop\n",
    "package.json": '{"scripts": {"build": "tsc -p .", "test": "jest", "prenuke": "echo bye", "nuke": "rimraf dist && '
    'docker compose down -v", "db:reset": "npx prisma migrate reset --force", "all": "npm run build && npm run nuke"}}',
    "justfile": 'project := "plexus"\n\nbuild:\n  cargo build\n\nnuke target="all": build\n'
    "  docker compose -p {{project}} down\n",
}

DESTRUCTIVE = """\
docker compose down
sudo docker compose down
docker-compose -f pwd.yml down -v
docker compose -p plexus --profile all down --rmi all
/usr/local/bin/docker compose down
DOCKER_HOST=ssh://root@prod-1 docker compose down
docker -H ssh://prod-1 compose down
docker compose rm -sf web
docker compose up -d --remove-orphans
docker system prune -af --volumes
docker volume prune -f
docker volume rm plexus_data
docker rmi $(docker images -q)
docker rm -f web
docker image prune -a
docker run --rm -v /srv:/srv alpine rm -rf /srv/data
docker exec web rm -rf /app/config
docker exec -it db psql -U app -c 'DROP TABLE users'
docker exec -i db psql -U app < drop.sql
docker compose exec -T db dropdb app
kubectl delete namespace shop
kubectl --context prod -n shop delete deploy/web
kubectl exec -it web-0 -- rm -rf /data
kubectl scale deploy web --replicas=0
helm uninstall shop
terraform destroy -auto-approve
terraform apply -destroy
terraform state rm aws_instance.web
rm -rf /srv/plexus
rm -r -f data
\\rm -rf data
'rm' -rf data
"r"m -rf data
/bin/rm -fr data
command rm -rf data
sudo -u root -E rm -rf data
sudo -- rm -rf data
doas rm -rf data
env FOO=1 rm -rf data
env -i PATH=/bin rm -rf data
nohup rm -rf data &
time rm -rf data
nice -n 19 ionice -c3 rm -rf data
timeout 10 rm -rf data
setsid rm -rf data
busybox rm -rf data
exec rm -rf data
true && rm -rf data
false || rm -rf data
cd /srv; rm -rf data
ls | xargs rm -rf
find . -name '*.bak' -print0 | xargs -0 -n1 rm -rf
ls | xargs -I{} sh -c 'rm -rf {}'
find /srv -type f -delete
find /srv -name x -exec rm -rf {} +
find /srv -name x -exec sh -c 'rm -rf "$1"' _ {} ';'
ls | parallel rm -rf
parallel 'rm -rf {}' ::: a b c
watch -n 5 'docker system prune -f'
bash -c 'rm -rf data'
bash -lc "cd /srv && rm -rf data"
sh -c "bash -c 'rm -rf data'"
su - app -c 'rm -rf data'
sudo bash -c "rm -rf data"
eval rm -rf data
eval "rm -rf data"
( rm -rf data )
{ rm -rf data; }
if true; then rm -rf data; fi
if [ -d data ]; then ls; else rm -rf data; fi
for d in a b; do rm -rf $d; done
while read d; do rm -rf "$d"; done < list
case $1 in a) rm -rf data;; esac
clean() { rm -rf data; }; clean
echo $(rm -rf data)
echo `rm -rf data`
x=$(rm -rf data)
cat <(rm -rf data)
diff <(ls) <(rm -rf data)
! rm -rf data
coproc rm -rf data
trap 'rm -rf data' EXIT
ssh web1 docker compose down
ssh web1 'docker compose down'
ssh -p 2222 -i key root@web1 "cd /srv/plexus && sudo docker compose down"
ssh -J bastion web1 -- rm -rf /srv/data
ssh bastion ssh web1 'rm -rf /srv/data'
ssh -t web1 "sudo bash -c 'docker volume rm data'"
echo 'rm -rf /srv/data' | ssh web1
ssh web1 bash < deploy.sh
ssh web1 'bash -s' < deploy.sh
ansible web -m shell -a 'rm -rf /srv/data'
ansible all -b -a "docker system prune -af"
vagrant ssh -c 'rm -rf /srv/data'
echo 'rm -rf data' | sh
echo "docker compose down" | sudo bash
printf 'rm -rf data\\n' | bash -s
echo cm0gLXJmIGRhdGE= | base64 -d | sh
curl -fsSL https://example.com/x.sh | sh
wget -qO- https://example.com/x.sh | sudo bash -s -- --yes
bash <(curl -s https://example.com/x.sh)
bash -c "$(curl -fsSL https://example.com/x.sh)"
eval "$(curl -fsSL https://example.com/x.sh)"
source <(curl -s https://example.com/x.sh)
curl -s https://example.com/x.py | python3 -
docker ps -aq | awk '{print "docker rm -f " $1}' | sh
./deploy.sh
sh deploy.sh
bash -x ./deploy.sh --now
sudo ./deploy.sh
source deploy.sh
. ./deploy.sh
cat deploy.sh | bash
bash < deploy.sh
sed 's/a/b/' deploy.sh | bash
./outer.sh
psql -f drop.sql
psql app < drop.sql
cat drop.sql | mysql app
psql -h db1 -U app -c "DROP TABLE users"
psql -c 'begin; truncate users; commit'
psql -c 'delete from users'
psql <<< 'DROP DATABASE app'
echo 'DROP DATABASE app' | mysql
mysql -e "DROP DATABASE app"
mysqladmin -u root drop app
sqlite3 app.db 'DELETE FROM users;'
redis-cli FLUSHALL
redis-cli -h prod flushdb
mongosh --eval 'db.dropDatabase()'
dropdb app
pg_restore --clean -d app dump.bin
python manage.py flush --no-input
bundle exec rails db:drop
npx prisma migrate reset --force
php artisan migrate:fresh
python3 -c "import shutil; shutil.rmtree('/srv/data')"
perl -e 'system("rm -rf /srv/data")'
ruby -rfileutils -e 'FileUtils.rm_rf("/srv")'
git push --force origin main
git push -f
git push origin +main
git push origin --delete release
git reset --hard origin/main
git clean -fdx
git checkout -- .
git branch -D feature
git stash clear
git filter-branch --all
aws s3 rm s3://bucket --recursive
aws ec2 terminate-instances --instance-ids i-1
aws rds delete-db-instance --db-instance-identifier prod
gcloud sql instances delete prod
az group delete -n prod
rclone purge remote:bucket
curl -X DELETE http://es:9200/logs-2026
dd if=/dev/zero of=/dev/sda bs=1M
mkfs.ext4 /dev/sdb1
wipefs -a /dev/sdb
shred -u app.db
truncate -s 0 app.db
> app.db
: > data/app.sqlite
cat /dev/null > app.db
echo x > /dev/sda
cp /dev/null app.db
rm app.db
rm -f docker-compose.yml
sed -i 's/4000/4001/' docker-compose.yml
cat new.yml > docker-compose.yml
rsync -a --delete src/ /srv/app/
crontab -r
userdel -r app
iptables -F
zfs destroy tank/data
lvremove -f vg/data
apt-get purge -y postgresql
runbook run -- docker compose down
docker stop web
docker kill web
docker compose kill
docker compose stop
docker rm web
podman pod rm -f x
docker -c prod stack rm app
X='rm -rf'; $X data
cmd=rm; $cmd -rf data
D="docker compose"; $D down
alias k=kubectl; k delete pod web
f() { docker compose "$@"; }; f down
$(which rm) -rf data
`which docker` compose down
"$(command -v docker)" compose down
${DOCKER:-docker} compose down
rm -rf "$DIR"/*
rm -rf ${X}/
rm -rf .
rm -rf ~
rm -rf ../build
rm -f *
r\\m -rf data
$'rm' -rf data
$'\\x72m' -rf data
env -S 'rm -rf data'
env --chdir=/srv rm -rf data
sudo -i rm -rf data
sudo -s 'rm -rf data'
sudo su -c 'rm -rf data'
sudo su - postgres -c 'dropdb app'
sudo -u postgres psql -c 'DROP DATABASE app'
timeout -s KILL 10s rm -rf data
timeout --signal=KILL 10 rm -rf data
\\time -v rm -rf data
flock /tmp/l -c 'rm -rf data'
flock -n /tmp/l rm -rf data
script -qc 'rm -rf data' /dev/null
at now <<< 'rm -rf data'
echo 'rm -rf data' | at now + 1 minute
tmux new -d 'docker compose down'
tmux send-keys -t 0 'docker compose down' Enter
screen -dm bash -c 'rm -rf data'
docker run --rm -it --privileged --pid=host alpine nsenter -t 1 -m sh -c 'rm -rf /data'
docker exec web sh -c 'rm -rf /app'
docker exec web bash -lc "psql -c 'drop table x'"
docker exec -u root -w /app -e A=b web rm -rf data
docker container exec web rm -rf /app
docker compose -f a.yml exec -u root web rm -rf /app
docker compose run --rm web rails db:drop
docker compose run --rm migrate npx prisma migrate reset
kubectl exec deploy/web -c app -- sh -c 'rm -rf /data'
kubectl exec web rm -rf /data
kubectl debug node/x -it --image=busybox -- rm -rf /host/data
oc rsh web rm -rf /data
oc delete project x
kubectl get pods -o name | xargs kubectl delete
helmfile destroy
kustomize build . | kubectl delete -f -
argocd app delete web
ssh web1 <<< 'docker compose down'
ssh -o StrictHostKeyChecking=no web1 -- sudo -n docker compose down
ssh web1 "$(cat deploy.sh)"
ssh web1 "bash -c 'docker compose down'"
for h in a b; do ssh $h 'docker compose down'; done
cat deploy.sh | ssh web1 bash
ssh web1 < deploy.sh
pssh -h hosts -i 'rm -rf /srv'
lxc exec web -- rm -rf /srv
lxc delete web --force
machinectl shell web /bin/rm -rf /srv
find / -name x | while read f; do rm -rf "$f"; done
find . -execdir rm -rf {} +
fd x -x rm -rf
docker ps -q | xargs docker stop
docker ps -q | xargs -r docker rm -f
rg -l x | xargs rm -rf
bash <<< "rm -rf data"
bash -c "$(echo rm -rf data)"
bash -c "$(cat deploy.sh)"
eval "$(cat deploy.sh)"
eval $(echo "rm -rf data")
base64 -d <<< cm0gLXJmIGRhdGE= | sh
base64 -d payload.txt | bash
printf '\\162\\155 -rf data' | sh
printf '%s\\n' 'rm -rf data' | sh
echo -e 'cd x\\nrm -rf data' | sh
rev <<< 'atad fr- mr' | sh
gunzip -c x.sh.gz | bash
python3 -c 'print("rm -rf data")' | sh
cat < deploy.sh | sh
source /dev/stdin <<< 'rm -rf data'
. <(echo 'rm -rf data')
bash <(echo 'rm -rf data')
bash -eu deploy.sh
bash -o pipefail deploy.sh
bash --norc deploy.sh
nohup ./deploy.sh &
env X=1 ./deploy.sh
exec ./deploy.sh
(cd . && ./deploy.sh)
curl https://x > /tmp/x.sh && bash /tmp/x.sh
wget https://x/i.sh && sh i.sh
curl https://x | tee i.sh | sh
curl https://x | python3
curl https://x | perl
curl https://x | psql app
python3 <(curl https://x)
python3 -c "$(curl https://x)"
python -c 'import os; os.system("docker compose down")'
node -e 'require("fs").rmSync("/srv",{recursive:true})'
perl -MFile::Path -e 'rmtree("/srv")'
awk 'BEGIN{system("rm -rf data")}'
psql -c 'DROP TABLE IF EXISTS users CASCADE'
psql --command="DROP TABLE users"
psql -tAc 'DROP TABLE users'
psql -U app -h db -d app -c 'truncate table users'
psql "postgres://app@db/app" -c 'DELETE FROM users'
psql -c 'ALTER TABLE users DROP email'
psql -c 'DROP OWNED BY app'
psql -c 'DROP SEQUENCE x'
psql -c 'WITH x AS (SELECT 1) DELETE FROM users'
psql -c 'DROP/**/TABLE users'
psql -1f drop.sql
psql -fdrop.sql
psql -c '\\i drop.sql'
gunzip -c dump.sql.gz | psql app
cat drop.sql | docker exec -i db psql -U app
kubectl exec -i db -- psql < drop.sql
mysql -uroot -psecret -e'DROP DATABASE app'
mysql -e 'source drop.sql'
sqlite3 app.db '.read drop.sql'
sqlite3 app.db "DROP TABLE users"
echo 'FLUSHALL' | redis-cli
redis-cli -n 1 FLUSHDB ASYNC
redis-cli --scan --pattern '*' | xargs redis-cli del
mongosh app --eval 'db.users.deleteMany({})'
mongosh app --eval 'db.users.remove({})'
clickhouse-client --query='DROP TABLE x'
cqlsh -e 'DROP KEYSPACE x'
etcdctl del --prefix /
aws s3api delete-bucket --bucket b
aws cloudformation delete-stack --stack-name x
gcloud container clusters delete x
hcloud server delete x
terraform -chdir=infra destroy -auto-approve
terragrunt run-all destroy
pulumi stack rm x
serverless remove
nomad job stop -purge x
systemctl stop nginx
systemctl disable --now nginx
service nginx stop
shutdown -h now
reboot
systemctl poweroff
dd if=/dev/zero of=app.db
mkfs -t ext4 /dev/sdb
mke2fs /dev/sdb
cp other.yml docker-compose.yml
mv new.yml docker-compose.yml
tee docker-compose.yml < new.yml
sudo tee docker-compose.yml < new.yml
rsync -avz --delete-excluded x root@web1:/srv
rclone sync a b
mc rm --recursive --force x
gsutil -m rm -r gs://b
git push origin :main
git push origin --tags --force
git -C /srv push --force
git -c x=y reset --hard
git checkout -f
git checkout HEAD -- file
git restore .
git clean -f
git update-ref -d refs/heads/x
git branch --delete --force x
git gc --prune=now
git worktree remove --force x
git rm -rf data
gh repo delete x/y --yes
gh release delete v1
chmod -R 777 /
iptables --flush
nft flush ruleset
ufw reset
apt-get autoremove --purge
dpkg -P x
vault kv destroy x
rails db:reset
bin/rails db:drop
RAILS_ENV=production bundle exec rake db:drop
./manage.py flush
python manage.py reset_db
php artisan db:wipe
bin/console doctrine:database:drop --force
mix ecto.drop
npx sequelize db:drop
npx prisma db push --force-reset
dotnet ef database drop
curl -XDELETE es:9200/logs
curl -sX DELETE es:9200/logs
curl -X POST es:9200/logs/_delete_by_query
wget --method=DELETE es:9200/logs
while :; do docker compose down; sleep 1; done
docker   compose    down
DOCKER_CONTEXT=prod docker compose down
docker compose -pplexus down
docker compose down web
docker-compose --file x.yml rm -fsv
docker compose up -V
docker compose down --volumes --remove-orphans
docker container prune -f
docker volume remove x
docker service scale web=0
docker stack down x
podman system reset
nerdctl rm -f x
crictl rm x
./functions.sh
make clean-db
make -j4 reset
make -C . stop
make -f Makefile redo
make stop COMPOSE='docker compose -p x'
make clean reset
sudo make stop
docker network rm web
docker network remove web
docker network prune -f
docker image rm web:1
docker image prune -f
docker rmi web
docker config rm app
docker secret rm app
docker volume prune
docker system prune
docker compose rm -f
borg delete repo::x
borg delete /backup
borg -r /b delete --list x
borg prune --keep-daily 7 /backup
restic forget --prune --keep-last 3
restic forget --keep-last 3
restic prune
pg_resetwal -f /var/lib/postgresql/15/main
pg_resetxlog /data
/usr/lib/postgresql/15/bin/pg_resetwal -f /data
truncate -s 0 /var/log/nginx/access.log
truncate -s0 /var/log/syslog
truncate --size=0 /var/lib/docker/containers/x/x-json.log
truncate --size 0 -- data
wipefs --all --force /dev/sdb
wipefs -fa /dev/sdb
wipefs -o 0x1fe /dev/sdb
kubectl drain node1 --ignore-daemonsets
kubectl taint nodes n1 k=v:NoExecute
kubectl delete pvc --all
kubectl replace --force -f x.yml
kubectl scale --replicas=0 deploy/x
helm uninstall web
helm -n shop uninstall web
helm --kube-context prod uninstall web
helm delete --purge web
systemctl --now disable nginx
systemctl mask --now nginx
systemctl isolate rescue.target
redis-cli flushall
redis-cli flushdb async
redis-cli -h x -n 3 FLUSHDB
redis-cli -a x flushall
valkey-cli flushall
mongo --eval 'dropDatabase()'
mongo app --eval "db.dropDatabase()"
mongosh --eval 'db.users.drop()'
aws s3 rm s3://b --recursive
aws s3 rb s3://b --force
aws --profile p s3 rb s3://b
aws --region eu-west-1 s3 rm --recursive s3://b
aws s3api delete-object --bucket b --key k
aws dynamodb delete-table --table-name x
aws rds delete-db-snapshot --db-snapshot-identifier x
gcloud compute instances delete x
gcloud projects delete x --quiet
gcloud storage rm -r gs://b
gcloud storage buckets delete gs://b
gcloud --project p sql databases delete x
az storage blob delete-batch -s c
az vm delete -n x
doctl compute droplet delete x
terraform destroy
terraform apply -auto-approve
terraform apply --auto-approve
terraform workspace delete x
terragrunt apply-all
terragrunt run-all apply --terragrunt-non-interactive
tofu apply -auto-approve
pulumi up --yes
pulumi destroy
git clean -ffdx
git clean -fdX
git push --force
git push -fu origin main
git push origin +main:main
git push --mirror
git push --prune origin
git push --delete origin x
git reflog expire --expire=now --all
git stash drop
journalctl --vacuum-time=1s
journalctl --vacuum-size=100M
rm -f /var/log/syslog
rm -f /var/log/app.log
rm -rf /var/log/nginx
: > /var/log/syslog
cat /dev/null > /var/log/x.log
dmesg -C
dmesg --clear
mysqladmin drop app
kafka-topics.sh --delete --topic x
rabbitmqctl reset
etcdctl del /a
zfs rollback tank/x@1
zfs rollback -r tank/x@1
zfs destroy -r tank
lvremove vg/x
velero backup delete x
rclone delete r:b
rclone deletefile r:b/x
mc rb --force x
mc rm --recursive x
mc mirror --remove a b
duplicity remove-older-than 1M --force file:///b
pgbackrest stanza-delete --stanza=x
pgbackrest expire
barman delete main oldest
pg_archivecleanup /archive 000000010000000000000010
tarsnap -d -f x
crictl rmi --prune
podman volume prune -f
podman network prune
nerdctl network rm x
docker stack rm x
sfdisk --delete /dev/sda
cryptsetup erase /dev/sda
ip6tables -F
xfs_repair -L /dev/sda
flux uninstall
flux delete kustomization x
k3s-uninstall.sh
kubeadm reset
kubeadm reset -f
pg_ctlcluster 15 main stop
pg_ctl stop -m immediate
pm2 delete all
pm2 stop all
supervisorctl stop all
npm run nuke
npm run-script db:reset
yarn nuke
yarn run all
pnpm run nuke
bun run nuke
redis-cli shutdown nosave
redis-cli -h cache-1 -p 6380 SHUTDOWN
echo 'shutdown nosave' | redis-cli
valkey-cli cluster reset hard
redis-cli replicaof 10.0.0.7 6379
mysql -e 'RESET MASTER'
mysql -e 'RESET BINARY LOGS AND GTIDS'
mysql -u root -p -e "PURGE BINARY LOGS BEFORE '2026-03-01 00:00:00'"
mariadb -e "stop slave; reset slave all"
apt-get remove -y nginx
sudo apt remove postgresql-15
sudo dnf remove -y openssl
yum -y erase nginx
zypper rm -y postgresql
apk del nginx
rpm -e --nodeps openssl
dpkg -r nginx
sudo pacman -Rns nginx
snap remove lxd
just nuke
""".splitlines()

DESTRUCTIVE += [
    "ssh web1 <<'EOF'\ncd /srv\nsudo docker compose down\nEOF",
    "bash <<EOF\nrm -rf data\nEOF",
    "cat <<EOF | sudo bash\nrm -rf data\nEOF",
    "psql app <<EOF\nDROP TABLE users;\nEOF",
    "docker exec -i db psql <<SQL\nTRUNCATE users;\nSQL",
    "kubectl exec -i db-0 -- mysql app <<SQL\nDROP TABLE users;\nSQL",
    "docker \\\n  compose \\\n  down",
    "echo ok # fine\ndocker compose down",
]

HARMLESS = """\
true
docker builder prune -af
docker buildx prune -af
borg prune -n --keep-daily 7 /backup
borg compact /backup
borg create /backup::x /srv
borg list
restic forget --keep-last 3 --dry-run
restic -r /b snapshots
restic unlock
restic restore latest --target /
pg_resetwal -n /data
pg_resetwal --dry-run /data
truncate -s 0 /tmp/x.log
truncate -s +1G disk.img
wipefs /dev/sdb
wipefs -n -a /dev/sdb
kubectl cordon node1
kubectl uncordon node1
kubectl rollout undo deploy/x
helm rollback web 1
systemctl disable nginx
gcloud storage buckets list
terraform apply -auto-approve plan.out
terraform apply plan.out
terraform force-unlock x
terraform import a b
terraform state mv a b
pulumi up
git clean -fdn
git push --force-with-lease
journalctl --rotate
logrotate -f /etc/logrotate.conf
zfs destroy -nv tank/x
velero restore create
rsnapshot daily
pg_archivecleanup -n /archive 000000010000000000000010
parted /dev/sda print
xfs_repair -n /dev/sda
helm rollback web
borg delete --dry-run --list x
borg prune --help
wal-g delete everything FORCE
terraform apply -var x=y plan.out
dmesg -T
journalctl -u web --since today
rm -f app.log
: > app.log
> /tmp/x.log
docker network ls
docker network inspect web
velero backup get
pg_ctl status
pm2 list
supervisorctl status
aws --profile p s3 ls
truncate -s 0 /tmp/x
docker compose ps
docker compose up -d
docker compose restart
docker compose logs -f --tail 50
docker compose config
docker compose down --help
docker compose --dry-run down
docker ps -a
docker volume ls
docker system df
docker run --rm alpine ls
docker run --rm alpine rm -rf /tmp/x
docker exec web ls /app
docker image ls
docker builder prune -f
echo "docker compose down"
echo docker compose down
echo 'rm -rf /' && ls
printf '%s\\n' 'rm -rf /'
echo "now run: rm -rf data" | tee -a notes.txt
ls # rm -rf /
# rm -rf /
: rm -rf data
grep -rn 'rm -rf' scripts/
grep -r "docker compose down" .
rg 'DROP TABLE' migrations
awk '/rm -rf/ {print}' deploy.sh
sed -n '/rm -rf/p' deploy.sh
sed 's/down/up/' docker-compose.yml
cat deploy.sh
less drop.sql
head -5 deploy.sh
cat deploy.sh | grep rm
vim deploy.sh
man rm
rm --help
which rm
type rm
command -v rm
alias rmrf='rm -rf'
history | grep 'rm -rf'
git commit -m "Stop running rm -rf /"
git commit -m 'Replace docker compose down by stop'
git log --grep='DROP TABLE'
git log -S 'git push --force'
git push origin main
git push --force-with-lease origin feature
git push --dry-run --force origin main
git reset --soft HEAD~1
git reset HEAD file
git clean -n
git clean -nfdx
git checkout main
git checkout -b fix
git branch -d feature
git stash
git restore --staged .
git fetch --prune
kubectl get pods
kubectl delete pod web --dry-run=client
kubectl delete -f x.yaml --dry-run=server
kubectl scale deploy web --replicas=3
kubectl exec web-0 -- ls /data
kubectl exec web-0 -- echo rm -rf /data
kubectl logs -f web-0
helm list
helm uninstall shop --dry-run
terraform plan -destroy
terraform plan
terraform apply
rm notes.txt
rm -f /tmp/x.log
rm -rf /tmp/build-1
rm -rf node_modules dist
rm -rf ./build
rm -rf "$TMPDIR/x"
rm -rf /var/lib/apt/lists/*
rm -f *.pyc
rmdir empty
find . -name '*.py' -print
find . -name '*.pyc' -delete
find . -type f -exec grep -l 'rm -rf' {} +
find . -name __pycache__ -exec rm -rf {} +
ls | xargs echo rm -rf
ls | xargs -n1 ls -l
ssh web1
ssh web1 uptime
ssh web1 'docker compose ps'
ssh web1 "echo docker compose down"
ssh web1 'grep -r "rm -rf" /srv'
ssh web1 'docker logs web 2>&1 | tail'
scp deploy.sh web1:/tmp/
rsync -a src/ /srv/app/
rsync -an --delete src/ /srv/app/
rsync -a --delete --dry-run src/ /srv/app/
bash -c 'echo rm -rf /'
bash -n deploy.sh
shellcheck deploy.sh
./hello.sh
bash hello.sh
cat hello.sh | sh
source hello.sh
python3 tool.py
bash --version
sh -c 'ls; pwd'
sudo -l
sudo docker ps
sudo systemctl restart nginx
systemctl status docker
watch docker ps
time docker ps
env
env | grep PATH
eval "$(ssh-agent -s)"
eval "$(runbook hook bash)"
source <(kubectl completion bash)
curl -fsSL https://example.com/x.sh -o x.sh
curl -s https://example.com/health | jq .
curl -X POST https://example.com/deploy
psql -c 'SELECT 1'
psql -f select.sql
psql app < select.sql
psql -c "SELECT 'DROP TABLE users'"
psql -c 'DELETE FROM users WHERE id = 7'
psql -c "UPDATE users SET active = true WHERE id = 7"
psql -c 'BEGIN; DELETE FROM users; ROLLBACK'
psql -c '-- DROP TABLE users'
psql -c 'EXPLAIN DELETE FROM users'
pg_dump app > app.sql
pg_dump app | gzip > app.sql.gz
mysql -e 'SHOW TABLES'
sqlite3 app.db .tables
sqlite3 app.db ".backup 'copy.db'"
redis-cli GET flushall
redis-cli INFO
mongosh --eval 'db.users.find()'
python manage.py migrate
npx prisma migrate deploy
python3 -c "print('rm -rf /')" | cat
aws s3 ls
aws s3 rm s3://bucket/key --dryrun
aws s3 cp x s3://bucket/
aws ec2 describe-instances
gcloud sql instances list
dd if=/dev/sda of=sda.img bs=1M
dd if=/dev/zero of=/dev/null count=1
lsblk -f
crontab -l
iptables -L
cp docker-compose.yml docker-compose.yml.bak
cp app.db /backup/app.db
echo hello > notes.txt
make test
npm run build
apt-get install -y curl
logger 'docker compose down was run'
runbook log "docker compose down took it away"
runbook guard -- rm -rf /
runbook run -- docker ps
docker compose -f docker-compose.pr.yml config
tar czf backup.tgz data
docker compose down -h
docker compose down --dry-run
docker compose help down
docker help rm
git help push --force
git clean -ndx
git clean --dry-run -fdx
git push -n --force
rm -i notes.txt
rm -rf ./node_modules
rm -rf ./node_modules/ ./dist/
rm -rf "./node_modules"
rm -rf web/node_modules
rm -rf /tmp/x /var/tmp/y
rm -rf ~/.cache/pip
rm -rf .venv __pycache__ .pytest_cache
rm -rf $(mktemp -d)
D=$(mktemp -d); rm -rf "$D"
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
rm -rf build/*
rm -f docker-compose.pr.yml
echo "rm -rf /" > readme.txt
echo "docker compose down" >> runbook.md
printf "%s" "rm -rf" | wc -c
x='rm -rf data'
export CMD="docker compose down"
alias down='docker compose down'
echo `echo rm -rf data`
git grep 'DROP TABLE'
git tag -m 'docker compose down' v1
gh pr create --title 'Drop docker compose down' --body 'rm -rf /'
curl -d 'rm -rf /' https://x
curl -X POST -d '{"cmd":"docker compose down"}' https://x
jq '.cmd="rm -rf /"' x.json
python3 -c 'print("DROP TABLE users")'
python3 script.py --mode 'rm -rf'
mail -s 'docker compose down' x < /dev/null
ssh web1 echo 'rm -rf /'
ssh web1 "grep 'DROP TABLE' /var/log/x"
kubectl explain delete
kubectl auth can-i delete pods
kubectl delete --help
kubectl describe pod delete
kubectl logs deploy/delete
kubectl apply -f x.yml
kubectl diff -f x.yml
helm template x
helm upgrade --install web x
helm uninstall --help
terraform destroy -help
terraform plan -destroy -out=x
aws iam list-roles --query 'delete'
aws ec2 describe-instances --filters Name=tag:Name,Values=delete-me
aws ec2 terminate-instances --dry-run --instance-ids i-1
gcloud compute instances list --filter='name:delete'
psql -c "INSERT INTO log VALUES ('DROP TABLE users')"
psql -c "SELECT * FROM t WHERE x='; DROP TABLE users;--'"
psql -c "CREATE TABLE drop_log (x int)"
psql -c '\\d users'
psql -f migrations/001.sql
redis-cli keys 'flush*'
redis-cli get del
find . -path ./node_modules -prune -o -print
find /tmp/x -delete
find . -name '*.log' -mtime +7 -delete
xargs -n1 echo < x
rsync -avn --delete a b
dd if=/dev/zero of=/tmp/x bs=1M count=1
truncate -s 10M /tmp/x
> x.log
ls > /dev/null
docker run --rm app sh -c 'rm -rf /tmp/x'
docker logs rm
docker compose logs down
docker compose restart web
docker ps --filter name=prune
make -n clean-db
make help
npm install
npm test
git checkout -b x
git checkout v1.0
git reset
git reset HEAD~1
git stash pop
git rm --cached x
git branch -d x
git fetch --force
git log --diff-filter=D
git commit --amend -m 'reset --hard'
git cherry-pick x
diff docker-compose.yml docker-compose.pr.yml
grep -n down deploy.sh
chmod +x deploy.sh
cp deploy.sh /tmp/
wc -l deploy.sh
scp deploy.sh web1:
userdel --help
redis-cli get shutdown
redis-cli replicaof no one
redis-cli cluster nodes
mysql -e 'SHOW BINARY LOGS'
mysql -e "RESET QUERY CACHE"
dnf install -y nginx
dnf remove --assumeno openssl
yum history
rpm -e --test openssl
rpm -qa
apk add curl
pacman -Syu
pacman -Rp nginx
apt-get autoremove
reset
snap list
apt-get remove --dry-run x
apt-get -s purge x
systemctl status x
systemctl restart x
ps aux | grep rm
pgrep -f 'rm -rf'
kill -0 123
kill -l
tmux new -s x
bash
sudo -i
sudo su -
source ~/.bashrc
source venv/bin/activate
eval "$(direnv hook bash)"
eval "$(pyenv init -)"
eval $(minikube docker-env)
source <(helm completion bash)
curl x | tee out.json
curl https://x | tar xz
wget -O - https://x | gunzip > y
echo hi | sh
rm
docker
git push
kubectl
make
make clean
make lint test
make -n stop
make stop COMPOSE=echo
make no-such-target
npm run
npm run no-such-script
yarn build
just build
just --list
npm ci
""".splitlines()

HARMLESS += [
    "cat <<EOF\nrm -rf /\nEOF",
    "cat > cleanup.txt <<'EOF'\ndocker compose down\nEOF",
    "git commit -F - <<EOF\nDo not rm -rf data\n\ndocker compose down is gone\nEOF",
    "tee notes.txt <<EOF\nDROP TABLE users;\nEOF",
    "git commit -m 'first line\n\nrm -rf data'",
    "psql app <<EOF\nSELECT 1;\nEOF",
]
