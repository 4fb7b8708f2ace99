public import ArgumentParser
public import Models

extension PathStrategy: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    /// For the help and for the message about anything else: every form, with an example for the open ones.
    public static var allValueStrings: [String] { ["full", "policy", "first:2", "last:2", "random:2", "1,1,0,1"] }
}
