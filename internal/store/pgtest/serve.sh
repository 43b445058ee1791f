# Runs a PostgreSQL server for tests until standard input ends, and leaves nothing behind.
# Arguments: the folder of its programs, an empty folder, the name of its superuser. Says "ready", or what went wrong.
bin=$1 folder=$2 role=$3
trap 'rm -rf "$folder"' EXIT
# Words are ordered by a language and not by bytes, as on many servers: what needs an order of bytes has to say so.
"$bin/initdb" --pgdata="$folder/data" --username="$role" --auth=trust --encoding=UTF8 --no-sync --no-instructions \
    --locale=C --locale-provider=icu --icu-locale=en >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log"; exit 1; }
# Nothing here has to survive anything.
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 400
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
deadlock_timeout = 100ms
END
"$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/server.log" --wait --silent start </dev/null >"$folder/start.log" 2>&1 ||
    { cat "$folder/start.log" "$folder/server.log"; exit 1; }
echo ready
cat >/dev/null
"$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate --silent stop >/dev/null 2>&1
