import Glibc

/// Whether the tests are built with a sanitizer, by `scripts/sanitize`.
package let isSanitized = getenv("ASAN_OPTIONS") != nil || getenv("TSAN_OPTIONS") != nil

/// How many times as long a test waits, and how many times as much stack it has, as without a sanitizer.
package let slowness = isSanitized ? 8 : 1
