import Testing

@testable import SIONet

@Suite struct ConnectionRaceTests {
    private let start = ContinuousClock.now

    private func race(_ families: String) -> ConnectionRace {
        ConnectionRace(isIPv6: families.map { $0 == "6" })
    }

    /// The places in the order in which they are tried, if all fail at once.
    private func order(_ families: String) -> [Int] {
        var race = race(families)
        var places: [Int] = []
        var step = race.begin(now: start)
        while case .attempt(let place) = step {
            places.append(place)
            step = race.failed(place, now: start)
        }
        #expect(step == .exhausted)
        return places
    }

    @Test(arguments: [
        ("46", [1, 0]), ("4466", [2, 0, 3, 1]), ("64", [0, 1]), ("444", [0, 1, 2]), ("66644", [0, 3, 1, 4, 2]),
        ("", []),
    ])
    func `families take turns, IPv6 first, and each in the order it came in`(families: String, places: [Int]) {
        #expect(order(families) == places)
    }

    @Test func `an attempt runs alone for a quarter of a second, then the next one joins it`() {
        var race = race("64")
        #expect(race.begin(now: start) == .attempt(0))
        #expect(race.deadline == start + .milliseconds(250))
        #expect(race.deadlineReached(now: start + .milliseconds(249)) == .wait)
        #expect(race.deadlineReached(now: start + .milliseconds(250)) == .attempt(1))
        #expect(race.deadline == nil)
        #expect(race.deadlineReached(now: start + .seconds(1)) == .wait)
    }

    @Test func `a failure begins the next attempt at once, which then has its own time`() {
        var race = race("664")
        _ = race.begin(now: start)
        #expect(race.failed(0, now: start + .milliseconds(10)) == .attempt(2))
        #expect(race.deadline == start + .milliseconds(260))
        #expect(race.failed(2, now: start + .milliseconds(20)) == .attempt(1))
        #expect(race.deadline == nil)
        #expect(race.failed(1, now: start + .milliseconds(30)) == .exhausted)
    }

    @Test func `while one is under way the others' failures do not end the race`() {
        var race = race("64")
        _ = race.begin(now: start)
        _ = race.deadlineReached(now: start + .milliseconds(250))
        #expect(race.failed(1, now: start + .milliseconds(300)) == .wait)
        #expect(race.failed(0, now: start + .milliseconds(400)) == .exhausted)
    }

    @Test func `the first to succeed wins, the others are given up, and what they say means nothing`() {
        var race = race("6464")
        _ = race.begin(now: start)
        _ = race.deadlineReached(now: start + .milliseconds(250))
        _ = race.deadlineReached(now: start + .milliseconds(500))
        #expect(race.succeeded(1) == [0, 2])
        #expect(race.deadline == nil)
        #expect(race.failed(0, now: start + .seconds(1)) == .wait)
        #expect(race.deadlineReached(now: start + .seconds(1)) == .wait)
    }

    @Test func `a race that is ended gives up all that is under way`() {
        var race = race("64")
        _ = race.begin(now: start)
        _ = race.deadlineReached(now: start + .milliseconds(250))
        #expect(race.end() == [0, 1])
        #expect(race.end() == [])
    }

    @Test func `of a name with very many addresses only so many are tried`() {
        #expect(
            order(String(repeating: "6", count: ConnectionRace.maxAttempts + 1)).count == ConnectionRace.maxAttempts)
    }
}
