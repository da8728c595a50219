import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'

import type { AgentView } from '@/api/types'

/** The agents' seats. */
export const useSeats = defineStore('seats', () => {
  const byId = shallowRef(new Map<string, AgentView>())
  const all = computed(() => [...byId.value.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })))
  const free = computed(() => all.value.filter((a) => a.state === 'free').length)

  function apply(changes: readonly (readonly [string, AgentView | null])[]): void {
    if (changes.length === 0) return
    for (const [id, view] of changes) {
      if (view === null) byId.value.delete(id)
      else byId.value.set(id, view)
    }
    triggerRef(byId)
  }
  function replaceAll(views: readonly AgentView[]): void {
    byId.value = new Map(views.map((v) => [v.id, v]))
  }
  return { byId, all, free, apply, replaceAll }
})
