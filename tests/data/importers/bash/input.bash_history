#1795841823
docker compose ps
#1795841823
shopt -s cmdhist lithist
#1795841823
for name in web db; do
  docker restart "$name"
done
#1795841823
echo 'größer als 10 €'
#1795841823
# a note to myself
#1795841824
exit
