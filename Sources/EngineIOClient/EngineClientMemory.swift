import SIOHTTP

/// What a client knows from one session for the next one, with the same server, on the same loop.
package final class EngineClientMemory {
    /// Whether the last session's WebSocket worked.
    var webSocketWorked = false
    /// What the server set.
    var cookies = CookieJar()

    package init() {}
}
