/** The frame of every nginx configuration in the lab: one worker, nothing outside its own folder, any uid. */

/**
 * @param folder for its temporary files and pid; it must be one the lab owns, because nginx removes its pid file.
 * @param http the part inside `http { }`.
 */
export function nginxFile(folder: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return [
    // In the lab's user namespace there is no other user than root to change to.
    `user root root;`,
    `worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;`,
    `events { worker_connections 1024; }`,
    `http {`,
    ...temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`),
    http,
    `}`,
    ``,
  ].join('\n');
}
