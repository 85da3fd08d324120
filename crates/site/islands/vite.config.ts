// Builds the one script and the one style sheet of the pages into dist/, under names that carry their content's hash,
// each with a brotli twin beside it, so that the server only copies bytes.
import { brotliCompressSync, constants } from 'node:zlib';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

function brotli(folder: string): Plugin {
  return {
    name: 'brotli-twins',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const bytes = readFileSync(join(folder, name));
        const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, options));
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: '/assets/',
  publicDir: false,
  // The style sheet lives beside the templates, one folder up.
  server: { fs: { allow: ['..'] } },
  build: {
    outDir: 'dist',
    assetsDir: '',
    emptyOutDir: true,
    manifest: true,
    modulePreload: false,
    target: ['chrome87', 'firefox78', 'safari14'],
    rollupOptions: {
      input: {
        site: 'src/site.ts',
        worker: 'src/worker.ts',
        agent: 'src/agent/main.ts',
        field: 'src/field/main.ts',
        'device-worker': 'src/device/worker.ts',
        style: '../styles/site.css',
      },
    },
  },
  plugins: [brotli(join(import.meta.dirname, 'dist'))],
});
