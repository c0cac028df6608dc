import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

/** Where the package is installed: its files are served as they are. */
export const SWAGGER_FOLDER = dirname(require.resolve('swagger-ui-dist/package.json'));

/** What its page `index.html` consists of, but for the initializer. */
export const SWAGGER_FILES = [
  'index.html',
  'index.css',
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
];

/** Instead of the package's own initializer, which shows an example from the internet. */
export const SWAGGER_INITIALIZER = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: 'openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    // The badge would send the description to a validator on the internet.
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    // Without the bar that loads descriptions from elsewhere.
    layout: 'BaseLayout',
  });
};
`;

/** The browser refuses everything from elsewhere. Swagger UI has pictures in its style sheet, and inline styles. */
export const SWAGGER_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";
