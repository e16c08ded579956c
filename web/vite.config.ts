import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { deepLinks } from './build/deepLinks.ts';
import { precacheList } from './build/precacheList.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Two pages, one asset folder: the Go server answers /desk/* with dist/desk/index.html and
// /field/* with dist/field/index.html, and serves /assets/* as immutable.
export default defineConfig({
  base: '/',
  appType: 'mpa',
  plugins: [react(), deepLinks(['desk', 'field']), precacheList({ page: 'field/index.html', worker: 'field/sw.js' })],
  resolve: { alias: { '@': here('./src') } },
  server: {
    port: 5173,
    proxy: { '/api': process.env['ANXIN_API'] ?? 'http://127.0.0.1:8470' },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true, // public/.gitkeep brings dist/.gitkeep back
    target: ['chrome91', 'safari15', 'firefox102'],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        desk: here('./desk/index.html'),
        field: here('./field/index.html'),
        'field-sw': here('./src/field/worker/sw.ts'),
      },
      output: {
        // The worker's name is its identity in installed phones: it never carries a hash.
        entryFileNames: (chunk) => (chunk.name === 'field-sw' ? 'field/sw.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
});
