/// Whether something comes true within ten seconds.
func eventually(_ check: () async -> Bool) async -> Bool {
    for _ in 0..<2000 {
        if await check() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await check()
}
