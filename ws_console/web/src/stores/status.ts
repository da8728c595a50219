import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import type { LinkState } from '@/api/feed'
import type { StatusView } from '@/api/types'

export interface Banner {
  /** feed, link, store, clock, rules, disk … */
  subject: string
  state: string
  reason: string
  since: number | null
  grave: boolean
}

const GOOD = new Set(['up', 'ok', 'good', 'live', 'fresh', ''])
const GRAVE = new Set(['feed', 'link', 'store', 'disk', 'engine', 'seats'])

/** What is stale or broken; every screen says so. */
export const useStatus = defineStore('status', () => {
  const feed = ref<LinkState>('closed')
  const feedSince = ref(Date.now())
  const parts = ref<Record<string, StatusView>>({})

  const banners = computed<Banner[]>(() => {
    const found: Banner[] = []
    if (feed.value !== 'live' && feed.value !== 'closed') {
      found.push({
        subject: 'feed',
        state: feed.value,
        reason: '',
        since: feedSince.value,
        grave: feed.value !== 'connecting',
      })
    }
    for (const [subject, view] of Object.entries(parts.value)) {
      if (GOOD.has(view.state)) continue
      found.push({ subject, ...view, grave: GRAVE.has(subject) })
    }
    return found.sort((a, b) => Number(b.grave) - Number(a.grave))
  })
  /** What is shown may be out of date. */
  const stale = computed(() => feed.value !== 'live')
  const linkUp = computed(() => GOOD.has(parts.value.link?.state ?? 'up'))

  function setFeed(state: LinkState): void {
    if (feed.value === 'live' || state === 'live') feedSince.value = Date.now()
    feed.value = state
  }
  function apply(changes: readonly (readonly [string, StatusView | null])[]): void {
    if (changes.length === 0) return
    const next = { ...parts.value }
    for (const [key, view] of changes) {
      if (view === null) delete next[key]
      else next[key] = view
    }
    parts.value = next
  }
  function replaceAll(views: readonly (readonly [string, StatusView])[]): void {
    parts.value = Object.fromEntries(views)
  }
  return { feed, parts, banners, stale, linkUp, setFeed, apply, replaceAll }
})
