import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'

import type { CaseView } from '@/api/types'
import { alarmsOf } from '@/lib/alarms'
import { byLeastTime, isEmergency } from '@/lib/countdown'

/** Closed cases kept for the page that shows them; older ones are read from the server again. */
const CLOSED_KEPT = 40

/** Every open case the session may see, by id. */
export const useCases = defineStore('cases', () => {
  const byId = shallowRef(new Map<string, CaseView>())

  const all = computed(() => [...byId.value.values()])
  const open = computed(() => all.value.filter((c) => c.open))
  /** Open emergencies, least remaining time first. */
  const clocks = computed(() => open.value.filter(isEmergency).sort(byLeastTime))
  const alarms = computed(() => alarmsOf(open.value))

  function apply(changes: readonly (readonly [string, CaseView | null])[]): void {
    if (changes.length === 0) return
    const map = byId.value
    for (const [id, view] of changes) {
      const known = map.get(id)
      // A later state of the same case may have come through a direct reading.
      if (view !== null && known !== undefined && known.seq > view.seq) continue
      map.delete(id)
      if (view !== null) map.set(id, view)
    }
    prune(map)
    triggerRef(byId)
  }
  function replaceAll(views: readonly CaseView[]): void {
    byId.value = new Map(views.map((v) => [v.id, v]))
  }
  function prune(map: Map<string, CaseView>): void {
    let closed = 0
    for (const view of map.values()) if (!view.open) closed += 1
    for (const view of map.values()) {
      if (closed <= CLOSED_KEPT) return
      if (view.open) continue
      map.delete(view.id)
      closed -= 1
    }
  }
  const get = (id: string | null | undefined): CaseView | null =>
    id ? (byId.value.get(id) ?? null) : null

  return { byId, all, open, clocks, alarms, apply, replaceAll, get }
})
