#pragma once

/// Tells the processor that the thread is waiting in a loop.
static inline void ck_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}
