@main struct Fovea { static func main() { print("fovea") } }
