// What JSON costs as a server's user meets it: from text to a value and back, beside Peers/json_node.js.
//
// usage: bench-json SECONDS MESSAGE.json FEED.json [CASE]
// Each case takes SECONDS of CPU time, and prints a line: {"case":…,"us":…}, microseconds of CPU a value; with CASE that one alone.
import Documents
import Foundation
import SocketIO

/// Ends the program with a reason.
func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("bench-json: \(reason)\n".utf8))
    exit(1)
}

/// The CPU time that this process has used, in seconds.
func processTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Calls the body for the given time, after a tenth of it to warm up; microseconds a call.
func cost(seconds: Double, _ body: () throws -> Void) throws -> Double {
    func calls(for seconds: Double) throws -> (count: Int, seconds: Double) {
        let begin = processTime()
        var count = 0
        var batch = 1
        while true {
            for _ in 0..<batch { try body() }
            count += batch
            let taken = processTime() - begin
            if taken >= seconds { return (count, taken) }
            // The clock is asked some hundred times in all.
            batch = max(1, Int(Double(count) / taken * seconds / 200))
        }
    }
    _ = try calls(for: seconds / 10)
    let measured = try calls(for: seconds)
    return measured.seconds / Double(measured.count) * 1e6
}

/// Keeps a value's making from being optimised away.
@inline(never) func use<Value>(_: Value) {}

struct Bench {
    var seconds: Double
    var only: String?

    func report(_ name: String, _ body: () throws -> Void) throws {
        guard only == nil || only == name else { return }
        let us = try cost(seconds: seconds, body)
        print("{\"case\":\"\(name)\",\"us\":\(us)}")
    }

    /// One document, by all roads: into the user's type, into a value of any shape, and kept as it is.
    func run<Value: Codable>(_ size: String, _ path: String, as type: Value.Type) throws {
        let text = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let raw = try RawJSON(validating: text)
        let value = try raw.decode(Value.self)
        let any = try raw.decode(JSONValue.self)
        // What is compared must be the same: the value's text is the document again, save for the spelling of numbers.
        if try RawJSON(encoding: value).decode(JSONValue.self) != any { fail("\(path) is not what its type writes") }

        try report("decode-\(size) typed") { use(try raw.decode(Value.self)) }
        try report("decode-\(size) JSONValue") { use(try raw.decode(JSONValue.self)) }
        try report("decode-\(size) validated") { use(try RawJSON(validating: text)) }
        try report("encode-\(size) typed") { use(try RawJSON(encoding: value)) }
        try report("encode-\(size) JSONValue") { use(try RawJSON(encoding: any)) }
    }
}

let arguments = CommandLine.arguments
guard (4...5).contains(arguments.count), let seconds = Double(arguments[1]) else {
    fail("SECONDS MESSAGE.json FEED.json [CASE]")
}
let bench = Bench(seconds: seconds, only: arguments.count == 5 ? arguments[4] : nil)
do {
    try bench.run("small", arguments[2], as: ChatMessage.self)
    try bench.run("large", arguments[3], as: Feed.self)
} catch {
    fail("\(error)")
}
