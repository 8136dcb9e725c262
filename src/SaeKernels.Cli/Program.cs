using System.CommandLine;
using SaeKernels.Cli;

RootCommand root = new("Trains, measures and inspects sparse autoencoders on neural-network activations.")
{
    DemoCommand.Create(),
    SynthCommand.Create(),
    TrainCommand.Create(),
    PresetsCommand.Create(),
    EvalCommand.Create(),
    FeaturesCommand.Create(),
    EncodeCommand.Create(),
    DecodeCommand.Create(),
    ContextsCommand.Create(),
    CompareCommand.Create(),
    SweepCommand.Create(),
    ToyCommand.Create(),
    ReportCommand.Create(),
    ServeCommand.Create(),
    InfoCommand.Create(),
    ArchsCommand.Create(),
    DevicesCommand.Create(),
    VerifyCommand.Create(),
    BenchCommand.Create(),
    BenchArchCommand.Create(),
};
HelpPage.Attach(root);
return CommandRunner.Run(root, args);
