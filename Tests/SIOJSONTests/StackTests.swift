import Foundation
import SIOBytes
import SIOJSON
import TestSupport
import Testing

/// What a peer's nesting does to a thread with a small stack.
@Suite struct StackTests {
    private final class Tree: Codable {
        var children: [Tree]
        var next: [String: Tree]?
        init(children: [Tree]) { self.children = children }
    }

    /// The recursion with the most frames for a bracket: a single-value type around an array of itself.
    private indirect enum Nest: Codable {
        case nest([Nest])
        init(from decoder: any Decoder) throws {
            self = .nest(try decoder.singleValueContainer().decode([Nest].self))
        }
        func encode(to encoder: any Encoder) throws {
            guard case .nest(let inner) = self else { return }
            var container = encoder.singleValueContainer()
            try container.encode(inner)
        }
    }

    /// Bytes of stack: what the documentation promises, twice that for code that is not optimised, and more for code that
    /// is watched besides.
    private static let stackSize = {
        var size = 512 << 10
        assert(
            {
                size *= 2
                return true
            }()
        )
        return size * slowness
    }()

    /// Runs the body on a thread with a small stack.
    private func onSmallStack(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let thread = Thread { continuation.resume(with: Result(catching: body)) }
            thread.stackSize = Self.stackSize
            thread.start()
        }
    }

    @Test func `the deepest documents fit on a small stack`() async throws {
        try await onSmallStack {
            let depth = JSONLimits().depth
            let brackets = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let value = try decode(JSONValue.self, brackets)
            #expect(try encode(value) == brackets)
            #expect(value.description == brackets)
            #expect(try decode(RawJSON.self, brackets).description == brackets)
            _ = try decode(Nest.self, brackets)
            let half = depth / 2
            let tree = String(repeating: #"{"children":["#, count: half) + String(repeating: "]}", count: half)
            let root = try decode(Tree.self, tree)
            #expect(try encode(root) == tree)
        }
    }

    @Test func `deeper documents meet the limit, not the end of the stack`() async throws {
        try await onSmallStack {
            for depth in [JSONLimits().depth / 2 + 1, 100_000] {
                let tree = String(repeating: #"{"children":["#, count: depth) + String(repeating: "]}", count: depth)
                #expect(throws: JSONError(.tooDeep)) { try decode(Tree.self, tree) }
            }
            var tree = Tree(children: [])
            for _ in 0..<JSONLimits().depth { tree = Tree(children: [tree]) }
            #expect(throws: EncodingError.self) { try encode(tree) }
        }
    }
}
