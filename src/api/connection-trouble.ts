/** Why the first call to a cluster failed, in one line that says what to do. */
import { UserError } from '../model/user-error.ts';
import type { ApiProblem } from './cluster-client.ts';

export interface Connection {
  readonly server: string;
  readonly context: string;
  readonly timeoutMs: number;
}

/** Node's and OpenSSL's codes for a certificate that does not lead to a trusted authority (nodejs.org, "TLS: X509 certificate error codes"). */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

export function connectionTrouble(problem: ApiProblem, { server, context, timeoutMs }: Connection): UserError {
  const say = (message: string, hint: string) => new UserError(message, { hint, cause: problem });
  const { status, reason, message } = problem;
  if (status === 401) {
    return say(
      `${server} does not accept the credentials of context "${context}" (401)`,
      'they may have expired: log in again',
    );
  }
  if (reason === 'NotKubernetes' || reason === 'Malformed' || status === 404) {
    return say(
      `${server} answers, but not as a Kubernetes API`,
      'a proxy or login page may stand in front of it, or the address is wrong',
    );
  }
  if (status !== null)
    return say(`${server} answers ${status}: ${message}`, 'the API server may be starting or overloaded: try again');
  if (UNTRUSTED.has(reason)) {
    return say(
      `The certificate of ${server} is not signed by the authority that the kubeconfig names (${reason})`,
      'correct certificate-authority-data of the cluster in the kubeconfig',
    );
  }
  const specific = SAYINGS[reason];
  if (specific !== undefined) return say(specific.message(server), specific.hint);
  if (
    reason === 'Aborted' ||
    reason === 'UND_ERR_CONNECT_TIMEOUT' ||
    reason === 'ETIMEDOUT' ||
    reason.endsWith('_TIMEOUT')
  ) {
    return say(`${server} did not answer within ${timeoutMs / 1000} s`, 'is a VPN needed, or a firewall in between?');
  }
  return say(`${server} cannot be reached: ${message}`, `check the server and user of context "${context}"`);
}

const SAYINGS: Readonly<Record<string, { readonly message: (server: string) => string; readonly hint: string }>> = {
  ECONNREFUSED: {
    message: (server) => `Nothing listens at ${server} (connection refused)`,
    hint: 'is the cluster running, and the port right?',
  },
  ENOTFOUND: {
    message: (server) => `The name in ${server} does not exist`,
    hint: 'is a VPN needed, or the context an old one?',
  },
  EAI_AGAIN: {
    message: (server) => `The name in ${server} could not be looked up`,
    hint: 'this machine’s DNS does not answer',
  },
  ECONNRESET: {
    message: (server) => `${server} cut the connection`,
    hint: 'a proxy or firewall in between may refuse it, or the server is restarting: try again',
  },
  CERT_HAS_EXPIRED: {
    message: (server) => `The certificate of ${server} has expired`,
    hint: 'renew the API server’s certificate, and check this machine’s clock',
  },
  CERT_NOT_YET_VALID: {
    message: (server) => `The certificate of ${server} is not valid yet`,
    hint: 'check this machine’s clock',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    message: (server) => `The certificate of ${server} is for another name`,
    hint: 'use the name in the certificate, or tls-server-name in the kubeconfig',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    message: (server) => `${server} does not speak TLS`,
    hint: 'is it http:// instead of https://, or the wrong port?',
  },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: {
    message: (server) => `${server} does not speak TLS`,
    hint: 'is it http:// instead of https://, or the wrong port?',
  },
  ENOENT: {
    message: (server) => `The credentials for ${server} need a file or program that is not there`,
    hint: 'install the credential plugin that the kubeconfig names under users, or correct its paths',
  },
};
