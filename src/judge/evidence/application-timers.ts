/** Timers inside the application that answers: its pools, the drivers of its databases and brokers, its server. */
import { answersWith, byForeignClient, seenAtFarEnd } from './timer-needs.ts';
import type { Need, Timer } from './timer.ts';

/** What nobody catches in an application is answered with 500. */
const UNCAUGHT: readonly Need[] = [answersWith(500), seenAtFarEnd];

/** All of them look the same to a client: connect fast, first byte late, 500; the application's log names which it was. */
export const applicationTimers: readonly Timer[] = [
  {
    id: 'pool-acquire',
    name: 'wait for a connection from an exhausted pool',
    of: 'application',
    series: () => [5000, 10_000, 15_000, 30_000, 45_000, 60_000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: UNCAUGHT,
    distinguishedBy:
      'the application’s log names its pool: HikariCP "request timed out after 30000ms", SQLAlchemy "QueuePool limit" and psycopg_pool (30 s), Knex and Sequelize (60 s), Prisma (10 s), httpx (5 s), reactor-netty "Pool#acquire" (45 s); it comes with load',
    source:
      'their documentation; seen once: HikariCP 7.0.2 30.0 s, SQLAlchemy 2.1.9 30.0 s, psycopg_pool 3.3.3 30.0 s, httpx 0.28.1 5.0 s, reactor-netty 1.3.7 45.0 s',
    backing: 'by documentation',
  },
  {
    id: 'unreachable-database',
    name: 'connect timeout of a database driver',
    of: 'application',
    series: () => [2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 130_000, 134_000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: UNCAUGHT,
    distinguishedBy:
      'a connect from the application’s pod to the database is silent, whatever the error says (Knex: a full pool, after 30 s); Jedis 2 s; node-redis, and pgJDBC at a mute Postgres, 5 s; MySQL for Node and Python, pgJDBC, Lettuce 10 s; SQL Server for Node 15 s; MongoDB 30 s; asyncpg 60 s; pgxpool, psycopg 2 min; lib/pq, pgx, MySQL for Go and node-postgres leave it to the kernel',
    source:
      'seen once with SYNs dropped: Jedis 7.1, node-redis 6.3, Lettuce 7.1, mysql2 3.24, PyMySQL 1.2, pgJDBC 42.7, mssql 12.7, MongoDB drivers (Node 7.9, Python 4.20, Go 2.10, Java 5.6), Knex 3.3, asyncpg 0.32, pgx 5.13, psycopg 3.3, lib/pq 1.12, pg 8.23',
    backing: 'by documentation',
  },
  {
    id: 'redis-retries',
    name: 'a Redis client that tries again and again',
    of: 'application',
    series: () => [5000, 10_500, 15_500, 25_500, 59_500, 102_000],
    between: () => [71_350, 75_350],
    phases: ['first-byte'],
    ends: 'failed',
    needs: UNCAUGHT,
    distinguishedBy:
      'silent Redis: go-redis 9.17 5 s, 9.23 102 s (25.5 s with MaxRetries -1), redis-py 8 59.5 s (15.5 s with timeouts of 1 s); refused: ioredis 5 10.5 s, ioredis 6 71 to 75 s ("max retries per request limit"), so that a port that refuses at once takes a minute',
    source:
      'seen once: go-redis 9.17.3 and 9.23.0, redis-py 8.1.0, ioredis 5.11.1 and 6.0.0; twenty retries, ten retries, five dials for each of four tries',
    backing: 'by documentation',
  },
  {
    id: 'kafka-metadata',
    name: 'a Kafka client without brokers',
    of: 'application',
    series: () => [30_000, 60_000, 120_000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: UNCAUGHT,
    distinguishedBy:
      'the log: "not present in metadata after 60000 ms" (Java, max.block.ms, refused or silent alike), "Unable to bootstrap" (kafka-python, 30 s), "run out of available brokers" (Sarama, 120 s); often the bootstrap answers and an advertised address does not',
    source:
      'Kafka documentation, max.block.ms; seen once: kafka-clients 4.1.1 60.0 s, kafka-python 3.0.12 30 s, Sarama 1.61 120.8 s',
    backing: 'by documentation',
  },
  {
    id: 'pgbouncer-login',
    name: 'PgBouncer without a server: server_login_retry, client_login_timeout',
    of: 'application',
    series: () => [15_000, 60_000],
    phases: ['first-byte'],
    ends: 'either',
    needs: [byForeignClient, seenAtFarEnd],
    distinguishedBy:
      'its log: "client_login_timeout (server down)" after 60 s, even where Postgres refuses at once; once Postgres is back, up to 15 s pass until the next try',
    source:
      'PgBouncer documentation, server_login_retry (15), client_login_timeout (60); seen once with 1.18.0: tries 15.0 s apart, clients sent away after 60.0 s',
    backing: 'by documentation',
  },
  {
    id: 'cloud-metadata',
    name: 'credentials sought at an instance metadata address that drops',
    of: 'application',
    series: () => [2000, 5250],
    between: () => [11_500, 12_500],
    phases: ['first-byte'],
    ends: 'either',
    needs: [byForeignClient, seenAtFarEnd],
    distinguishedBy:
      'the first request of a process only; a connect from the pod to 169.254.169.254 is silent (policy, or hop limit 1 of IMDSv2): botocore and the JavaScript SDK 2 s, the Go SDK 5.3 s, google-auth 12 s',
    source:
      'seen once: botocore 1.44.8 2.1 s, @aws-sdk/credential-providers 3.1175 2.06 s, aws-sdk-go-v2 config 1.33 5.28 s, google-auth 2.63 11.9 s',
    backing: 'by documentation',
  },
  {
    id: 'gunicorn-worker-timeout',
    name: 'gunicorn worker timeout',
    of: 'application',
    series: () => [30_000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: [answersWith(500, 502), seenAtFarEnd],
    distinguishedBy:
      'the log says "WORKER TIMEOUT"; a synchronous worker that did not finish is ended after 30 to 31 s, all its other requests with it',
    source: 'gunicorn documentation, timeout (30); seen once with 27.0.1: 500 after 30.5 and 30.7 s',
    backing: 'by documentation',
  },
  {
    id: 'admission-webhook-timeout',
    name: 'admission webhook timeoutSeconds',
    of: 'application',
    series: () => [10_000, 20_000, 30_000],
    phases: ['first-byte'],
    ends: 'either',
    needs: [byForeignClient, seenAtFarEnd],
    distinguishedBy:
      'only writes to the Kubernetes API are slow, reads of the same object are not; "failed calling webhook … context deadline exceeded", or success after it with failurePolicy Ignore; one timeout for each mutating webhook that is silent',
    source: 'Kubernetes documentation, admissionregistration.k8s.io/v1, timeoutSeconds (10)',
    backing: 'by documentation',
  },
];
