/** `HOST:PORT`, as people write it and every message shows it: an IPv6 address stands in brackets. */
export const formatHostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
