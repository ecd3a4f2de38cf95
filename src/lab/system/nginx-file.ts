/** The frame of every nginx configuration in the lab: one worker, nothing outside its own folder, any uid. */

/** Who its workers are; names, because nginx takes no numbers. */
export interface NginxUser {
  readonly user: string;
  readonly group: string;
}

const ROOT: NginxUser = { user: 'root', group: 'root' };

/**
 * @param folder for its temporary files and pid; it must be one the lab owns, because nginx removes its pid file.
 * @param http the part inside `http { }`.
 * @param worker by default root, the one user that every machine lets the lab have.
 */
export function nginxFile(folder: string, http: string, worker: NginxUser = ROOT): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return [
    `user ${worker.user} ${worker.group};`,
    `worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;`,
    `events { worker_connections 1024; }`,
    `http {`,
    ...temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`),
    http,
    `}`,
    ``,
  ].join('\n');
}
