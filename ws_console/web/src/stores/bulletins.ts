import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'

import type { BulletinView } from '@/api/types'

/** What is known and holds now or later, the one that ends first on top. */
export const useBulletins = defineStore('bulletins', () => {
  const byId = shallowRef(new Map<string, BulletinView>())
  const all = computed(() => [...byId.value.values()].sort((a, b) => a.until - b.until))

  function apply(changes: readonly (readonly [string, BulletinView | null])[]): void {
    if (changes.length === 0) return
    for (const [id, view] of changes) {
      if (view === null) byId.value.delete(id)
      else byId.value.set(id, view)
    }
    triggerRef(byId)
  }
  function replaceAll(views: readonly BulletinView[]): void {
    byId.value = new Map(views.map((v) => [v.id, v]))
  }
  return { byId, all, apply, replaceAll }
})
