/** Choosing a unit by the initials of its pinyin (rqgs → 燃气公司), its name or its code. */
import type { DirectoryUnit } from '@/api/types'

export interface Wanted {
  category?: string | null
  district?: string | null
}

/**
 * Units that fit `typed`, best first: initials from their beginning, inside, then with gaps;
 * among equals those that handle the category, then those of the district.
 */
export function chooseUnits(
  units: readonly DirectoryUnit[],
  typed: string,
  wanted: Wanted = {},
  limit = 9,
): DirectoryUnit[] {
  const query = typed.trim().toLowerCase().replace(/\s+/g, '')
  return units
    .map((unit) => ({ unit, score: score(unit, query), fit: fit(unit, wanted) }))
    .filter((x) => x.score > 0)
    .sort(
      (a, b) =>
        b.score - a.score ||
        b.fit - a.fit ||
        a.unit.name.length - b.unit.name.length ||
        (a.unit.id < b.unit.id ? -1 : 1),
    )
    .slice(0, limit)
    .map((x) => x.unit)
}

function score(unit: DirectoryUnit, query: string): number {
  if (query === '') return 1
  if (unit.feature_code !== '' && unit.feature_code === query) return 6
  const name = unit.name.toLowerCase()
  if (name.includes(query)) return name.startsWith(query) ? 6 : 5
  // A word with two readings may list both: "rqgs|rqgc".
  const readings = unit.initials.toLowerCase().split(/[^a-z0-9]+/)
  return Math.max(0, ...readings.map((r) => initialsScore(r, query)))
}

function initialsScore(initials: string, query: string): number {
  if (initials === '') return 0
  if (initials.startsWith(query)) return 5
  if (initials.includes(query)) return 4
  return isSubsequence(query, initials) ? 2 : 0
}

function isSubsequence(query: string, text: string): boolean {
  let at = 0
  for (const ch of text) if (ch === query[at]) at += 1
  return at === query.length
}

function fit(unit: DirectoryUnit, wanted: Wanted): number {
  const category = wanted.category && unit.categories.includes(wanted.category) ? 2 : 0
  const district = wanted.district && unit.district === wanted.district ? 1 : 0
  return category + district
}
