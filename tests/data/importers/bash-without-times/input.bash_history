ls
cd /srv/shop
git pull
#1770800521
docker compose up -d
echo done
#1770800999
