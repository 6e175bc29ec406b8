import Foundation
import SocketIOClient

/// The cases, one after the other.
struct Suite {
    /// A case's body may take so long.
    private static let limit = Duration.seconds(5)
    /// So many failures are enough: where there is no server, all fail.
    private static let enough = 3

    struct Case: Sendable {
        let name: String
        let body: @Sendable (World) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (World) async throws -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let options: Options

    init(_ options: Options) {
        self.options = options
    }

    /// - Returns: Whether all cases passed.
    func run() async -> Bool {
        var cases = Case.connecting + Case.events + Case.losses
        if options.authority != nil { cases += Case.secure }
        cases.removeAll { !options.wanted.isEmpty && !$0.name.contains(options.wanted) }
        var failures = 0
        for one in cases {
            let began = ContinuousClock.now
            do {
                try await Self.run(one, World(options))
                print("ok    \(one.name) (\(Self.milliseconds(.now - began)) ms)")
            } catch {
                failures += 1
                print("FAIL  \(one.name) (\(Self.milliseconds(.now - began)) ms): \(error)")
                if failures == Self.enough {
                    print("FAIL  the rest was not tried")
                    return false
                }
            }
            // A reader of a pipe hears of each case when it is done.
            fflush(nil)
        }
        print("\(cases.count - failures) passed, \(failures) failed")
        return failures == 0 && !cases.isEmpty
    }

    private static func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }

    /// Runs a case, which is cancelled when its time is up.
    private static func run(_ one: Case, _ world: World) async throws {
        // Whatever does not even end when it is cancelled is a failure of its own.
        let watchdog = Task.detached {
            try await Task.sleep(for: limit + .seconds(5))
            print("FAIL  \(one.name): it goes on although it was cancelled")
            exit(1)
        }
        defer { watchdog.cancel() }
        let result: Result<Void, any Error> = await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask {
                do { return .success(try await one.body(world)) } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .failure(Failure("it is not done within \(limit)"))
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(Failure("nothing ended"))
        }
        await world.close()
        try result.get()
        if let error = world.errors.first { throw Failure("reported: \(error)") }
    }
}

/// What a case expected and did not get.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

func check(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw Failure(what()) }
}

func equal<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String = "it") throws {
    try check(value == expected, "\(what) is \("\(value)".prefix(200)), not \("\(expected)".prefix(200))")
}

/// Asks again and again, until the answer is yes; the case's time is the limit.
func wait(until condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(10)) }
}
