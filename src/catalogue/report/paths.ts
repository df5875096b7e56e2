/** How reports name files: below the project or the home by their way from there, so that no name of a person or machine is in them. Pure. */
import { isAbsolute, relative, sep } from 'node:path'

/** The folders files are named from. Absolute. */
export interface Folders {
  readonly project: string
  readonly home: string
}

/** A file's folder of these two, and the parts of its way from there; nothing for a file in neither. */
export function wayTo(
  file: string,
  { project, home }: Folders,
): { from: keyof Folders; parts: readonly string[] } | undefined {
  const inProject = partsBelow(project, file)
  if (inProject !== undefined) return { from: 'project', parts: inProject }
  const inHome = partsBelow(home, file)
  return inHome === undefined ? undefined : { from: 'home', parts: inHome }
}

/** The same for people: `.mcp.json`, `~/.cursor/mcp.json`, or the whole path. */
export function shortPath(file: string, folders: Folders): string {
  const way = wayTo(file, folders)
  if (way === undefined) return file
  return [...(way.from === 'home' ? ['~'] : []), ...way.parts].join('/')
}

function partsBelow(folder: string, file: string): readonly string[] | undefined {
  const path = relative(folder, file)
  return path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? undefined : path.split(sep)
}
