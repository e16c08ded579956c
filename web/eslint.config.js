import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// Both faces load these folders, so they stay free of the desk's component library.
const sharedFolders = ['src/kit/**', 'src/lib/**', 'src/api/**', 'src/i18n/**', 'src/field/**'];

export default defineConfig(
  { ignores: ['dist', 'node_modules', 'test/shots', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  hooks.configs.flat['recommended-latest'],
  a11y.flatConfigs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.sw.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      // Says which hooks a compiler that we do not use would skip.
      'react-hooks/incompatible-library': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      // Missing where a page is not served over TLS, as in many an office.
      'no-restricted-properties': [
        'error',
        { object: 'crypto', property: 'randomUUID', message: 'uuid() of @/lib/ids' },
        { object: 'navigator', property: 'clipboard', message: 'copyWords() of @/lib/copy' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/dot-notation': 'off', // process.env['X'], index signatures
      // The desk's forms open on a press: the first field is where the person looks next.
      'jsx-a11y/no-autofocus': 'off',
    },
  },
  {
    files: sharedFolders,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['antd', 'antd/*', '@/ui/*', '@/desk/*'], message: 'shared code and the field app load without the desk' }] },
      ],
    },
  },
  {
    // Without a secure context the old way is the only one.
    files: ['src/lib/copy.ts'],
    rules: { '@typescript-eslint/no-deprecated': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['build/**', 'test/**', '*.js'],
    languageOptions: {
      globals: Object.fromEntries(['console', 'process', 'URL', 'Buffer', 'document', 'window', 'navigator', 'fetch', 'setTimeout', 'performance', 'requestAnimationFrame', 'indexedDB'].map((name) => [name, 'readonly'])),
    },
    rules: {
      'no-console': 'off',
      // node:test waits for its tests itself.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'describe', 'suite'], package: 'node:test' }] }],
    },
  },
);
