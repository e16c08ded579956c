import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Plugin, Rolldown } from 'vite';

type Bundle = Rolldown.OutputBundle;

/** A chunk with everything it loads now or later, styles included. */
function graphOf(bundle: Bundle, entry: string): string[] {
  const seen = new Set<string>();
  const visit = (name: string) => {
    const item = bundle[name];
    if (!item || seen.has(name)) return;
    seen.add(name);
    if (item.type !== 'chunk') return;
    for (const css of item.viteMetadata?.importedCss ?? []) visit(css);
    for (const asset of item.viteMetadata?.importedAssets ?? []) visit(asset);
    for (const next of [...item.imports, ...item.dynamicImports]) visit(next);
  };
  visit(entry);
  return [...seen];
}

/** Files copied as they are from public/<folder>, with their web paths. */
function publicFiles(root: string, folder: string): { url: string; path: string }[] {
  const dir = join(root, folder);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .map((name) => ({ url: `/${folder}/${name}`, path: join(dir, name) }))
    .filter((file) => statSync(file.path).isFile());
}

interface Options {
  /** HTML page whose files the worker keeps, relative to the web root. */
  page: string;
  /** Output name of the worker. */
  worker: string;
}

/**
 * Puts the list of one page's files into its service worker: the worker of the phone app must not
 * fetch the desk's files, which a list of everything built would make it do. The version is a digest
 * of the list, so a build that changes nothing updates no phone.
 */
export function precacheList(options: Options): Plugin {
  let publicDir = '';
  return {
    name: 'anxin-precache-list',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: 'post',
      handler(_output, bundle) {
        const entry = Object.values(bundle).find(
          (item) => item.type === 'chunk' && item.isEntry && item.facadeModuleId?.endsWith(`/${options.page}`),
        );
        const worker = bundle[options.worker];
        if (!entry || worker?.type !== 'chunk') this.error(`no entry for ${options.page} or no ${options.worker}`);
        const folder = options.page.split('/')[0] ?? '';
        const page = `/${folder}/`;
        const hash = createHash('sha256');
        const files = graphOf(bundle, entry.fileName).map((name) => `/${name}`).sort();
        const html = bundle[options.page];
        hash.update(files.join('\n'));
        if (html?.type === 'asset') hash.update(html.source);
        const fixed = publicFiles(publicDir, folder);
        for (const file of fixed) hash.update(readFileSync(file.path));
        const list = [page, ...files, ...fixed.map((file) => file.url)];
        const version = hash.digest('hex').slice(0, 12);
        worker.code = worker.code
          .replace(/(["'`])__PRECACHE_VERSION__\1/, JSON.stringify(version))
          .replace(/(["'`])__PRECACHE_LIST__\1/, JSON.stringify(JSON.stringify(list)));
        if (worker.code.includes('__PRECACHE_')) this.error('the worker kept a placeholder');
      },
    },
  };
}
