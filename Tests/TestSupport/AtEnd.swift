/// Does something when it goes: what an application's handlers hold may do so.
package final class AtEnd: Sendable {
    private let body: @Sendable () -> Void

    package init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    deinit { body() }
}
