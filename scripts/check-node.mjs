/**
 * Fails below Node 24, with the remedy. Plain JavaScript in old syntax on purpose: it has to run on the very Node it
 * refuses, and older ones cannot read TypeScript.
 */
const nodeMajorMin = 24
const major = Number.parseInt(process.versions.node.split('.')[0], 10)

if (major < nodeMajorMin) {
  process.stderr.write(
    `node ${process.versions.node} is too old: Sallyport needs node ${nodeMajorMin} or newer\n` +
      'The checkout brings its own as the npm package `node`. It is missing when npm ran without install scripts;\n' +
      'run `npm rebuild node`, then start through npm (`npm run demo`, `npm test`).\n',
  )
  process.exit(1)
}
