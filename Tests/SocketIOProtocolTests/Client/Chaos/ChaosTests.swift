import Foundation
import Testing

/// The client's machines over a bad network: what is promised, in random schedules.
@Suite struct ChaosTests {
    /// The number of schedules, of `SIO_SCHEDULES`.
    private static let schedules =
        ProcessInfo.processInfo.environment["SIO_SCHEDULES"].flatMap { UInt64($0) } ?? 2_000

    @Test(.enabled(if: ProcessInfo.processInfo.environment["SIO_SEED"] != nil))
    func `one schedule is told in full`() throws {
        let seed = try #require(ProcessInfo.processInfo.environment["SIO_SEED"].flatMap { UInt64($0) })
        let world = ChaosWorld(seed: seed)
        world.history = []
        world.run()
        print((world.history ?? []).joined(separator: "\n"))
        #expect(world.violations() == [])
    }

    @Test func `promises hold, whatever the network, the server and the application do`() async {
        let schedules = Self.schedules
        await withTaskGroup(of: (UInt64, [String])?.self) { group in
            for part in 0..<UInt64(4) {
                group.addTask {
                    for seed in stride(from: part, to: schedules, by: 4) {
                        let world = ChaosWorld(seed: seed)
                        world.run()
                        let violations = world.violations()
                        if !violations.isEmpty { return (seed, violations) }
                    }
                    return nil
                }
            }
            for await failure in group {
                if let (seed, violations) = failure {
                    Issue.record("seed \(seed): \(violations.joined(separator: "; "))")
                }
            }
        }
    }
}
