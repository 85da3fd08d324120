// Bundles what the tests look at for Node into dist-test/.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  ssr: { noExternal: true },
  build: { ssr: 'test/entry.ts', outDir: 'dist-test', emptyOutDir: true, minify: false },
});
