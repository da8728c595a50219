import { createRouter, createWebHistory } from 'vue-router'

import { useSession } from './stores/session'
import SignIn from './views/SignIn.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/signin', component: SignIn, meta: { open: true } },
    { path: '/desk', component: () => import('./views/Desk.vue') },
    { path: '/leader', component: () => import('./views/Leader.vue') },
    { path: '/wall', component: () => import('./views/Wall.vue'), meta: { wall: true } },
    { path: '/paper', component: () => import('./views/Paper.vue') },
    { path: '/case/:id', component: () => import('./views/CasePage.vue') },
    { path: '/:rest(.*)', redirect: '/' },
    { path: '/', component: SignIn, meta: { home: true } },
  ],
})

router.beforeEach(async (to) => {
  const session = useSession()
  const known = await session.restore()
  if (!known) return to.meta.open ? true : { path: '/signin', query: to.path === '/' ? {} : { next: to.fullPath } }
  const home = session.role === 'agent' ? '/desk' : '/leader'
  if (to.meta.open || to.meta.home) return home
  if ((to.path === '/desk' || to.path === '/paper') && session.readOnly) return '/leader'
  return true
})
