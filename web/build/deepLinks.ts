import type { Plugin } from 'vite';

/** In development, answers /desk/anything with the desk's page, as the Go server does in production. */
export function deepLinks(faces: readonly string[]): Plugin {
  return {
    name: 'anxin-deep-links',
    apply: 'serve',
    configureServer(server) {
      server.middlewares.use((req, _res, next) => {
        const path = (req.url ?? '').split('?')[0] ?? '';
        const face = faces.find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
        const isFile = /\.\w+$/.test(path);
        if (face && !isFile) req.url = `/${face}/index.html`;
        next();
      });
    },
  };
}
