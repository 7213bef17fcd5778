-- Run once, by the image, when the data are made: who looks at the database from outside. The passwords are
-- secrets of the container; psql reads them, so that they are in no argument list and in no environment.
\set monitor `cat /run/secrets/postgres_monitor_password`
\set grafana `cat /run/secrets/grafana_database_password`
CREATE ROLE monitor LOGIN CONNECTION LIMIT 5 PASSWORD :'monitor';
GRANT pg_monitor TO monitor;
-- What dashboards may read, the migrations grant to this role; they find it here.
CREATE ROLE academico_tablero NOLOGIN;
CREATE ROLE grafana LOGIN CONNECTION LIMIT 20 PASSWORD :'grafana' IN ROLE academico_tablero;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '30s';
