/// Nothing is run: that it compiles is the point.
@main
enum Guides {
    static func main() {
        print("The guides' snippets compile.")
    }
}
