#!/bin/sh
# Runs once, when the database server has an empty data folder: a role that owns the tables and one that uses them.
set -eu
owner=$(cat /run/secrets/owner_password)
portal=$(cat /run/secrets/portal_password)
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --set=owner="$owner" --set=portal="$portal" <<'SQL'
CREATE ROLE portal_owner LOGIN PASSWORD :'owner';
CREATE ROLE portal LOGIN PASSWORD :'portal';
CREATE DATABASE portal OWNER portal_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE CONNECT ON DATABASE portal FROM PUBLIC;
GRANT CONNECT ON DATABASE portal TO portal;
\connect portal
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal;
SQL
