/** The figures of the method page are those of the classifier as it is. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accuracyFile, accuracyText } from '../../scripts/accuracy-file.ts'

test('the accuracy on the method page is measured afresh', () => {
  expect(readFileSync(accuracyFile, 'utf8'), 'run `npm run catalogue:accuracy`').toBe(accuracyText())
})
