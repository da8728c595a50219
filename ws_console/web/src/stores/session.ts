import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { api } from '@/api/http'
import type { Hello, SessionUser } from '@/api/types'

/** Who is signed in, and what the server says about itself. */
export const useSession = defineStore('session', () => {
  const user = ref<SessionUser | null>(null)
  const asked = ref(false)
  /** The server ended the session; signing out oneself is no news. */
  const expired = ref(false)
  const server = ref({ version: '', timeScale: 1, simulated: false, exercise: false })

  const role = computed(() => user.value?.role ?? 'auditor')
  const seat = computed(() => user.value?.seat ?? '')
  const isSupervisor = computed(() => role.value === 'supervisor' || role.value === 'admin')
  const readOnly = computed(() => role.value === 'auditor')

  /** Asks the server once who we are; a cookie of an earlier sign-in may still hold. */
  async function restore(): Promise<boolean> {
    if (!asked.value) {
      try {
        user.value = await api.whoAmI()
      } catch {
        user.value = null
      }
      asked.value = true
    }
    return user.value !== null
  }
  async function signIn(name: string, password: string): Promise<void> {
    user.value = await api.signIn(name, password)
    expired.value = false
    asked.value = true
  }
  async function signOut(): Promise<void> {
    try {
      await api.signOut()
    } finally {
      user.value = null
    }
  }
  function forget(): void {
    expired.value = true
    user.value = null
  }
  function hello(h: Hello): void {
    if (h.session?.user) user.value = h.session
    server.value = {
      version: h.version ?? '',
      timeScale: Number(h.time_scale ?? 1),
      simulated: Boolean(h.simulated),
      exercise: Boolean(h.exercise),
    }
  }
  return { user, expired, server, role, seat, isSupervisor, readOnly, restore, signIn, signOut, forget, hello }
})
