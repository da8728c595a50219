import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import { api } from '@/api/http'
import type { CaseClass, Directory } from '@/api/types'

const EMPTY: Directory = { version: '', units: [], categories: [], districts: [], advice: {}, links: {} }

/** Units, categories, districts and the advice to callers, as the rules in force name them. */
export const useDirectory = defineStore('directory', () => {
  const data = shallowRef<Directory>(EMPTY)
  const failed = shallowRef('')

  const classByCategory = computed(
    () => new Map<string, CaseClass>(data.value.categories.map((c) => [c.code, c.class])),
  )
  const categoryName = (code: string | null): string =>
    data.value.categories.find((c) => c.code === code)?.name ?? code ?? ''
  const districtName = (id: string | null): string =>
    data.value.districts.find((d) => d.id === id)?.name ?? ''
  const unitName = (id: string | null): string => data.value.units.find((u) => u.id === id)?.name ?? id ?? ''

  async function load(): Promise<void> {
    try {
      data.value = { ...EMPTY, ...(await api.directory()) }
      failed.value = ''
    } catch (error) {
      failed.value = error instanceof Error ? error.message : String(error)
    }
  }
  return { data, failed, classByCategory, categoryName, districtName, unitName, load }
})
