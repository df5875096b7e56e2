/** `npm run docs:attack-patterns`: writes the page again. */
import { writeFileSync } from 'node:fs'
import { allAttacks } from '../src/catalogue/attacks/database.ts'
import { attackPatternsPagePath, renderAttackPatternsPage } from './attack-patterns-page.ts'

writeFileSync(attackPatternsPagePath, renderAttackPatternsPage(allAttacks()))
