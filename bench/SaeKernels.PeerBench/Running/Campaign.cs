using System.Diagnostics;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Runs each mode in a process of its own: its environment must be there when it begins.</summary>
internal static class Campaign
{
    /// <summary>Measures in all modes, one after another; returns the first exit code that is not 0.</summary>
    /// <param name="modes">The modes.</param>
    /// <param name="arguments">The command line of each process; the name of its mode comes last.</param>
    public static int Run(IReadOnlyList<ExecutionMode> modes, IReadOnlyList<string> arguments)
    {
        foreach (ExecutionMode mode in modes)
        {
            Progress.Say($"mode {mode.Name}: allocator {mode.Allocator}, instructions {mode.Instructions}");
            ProcessStartInfo start = new(Environment.ProcessPath!, [.. arguments, mode.Name]);
            foreach ((string variable, string value) in mode.Variables)
            {
                start.Environment[variable] = value;
            }

            using Process process = Process.Start(start)!;
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                return process.ExitCode;
            }
        }

        return 0;
    }

    /// <summary>Measures all shapes in this process.</summary>
    public static void Measure(BenchPlan plan, ExecutionMode mode)
    {
        NativeTorch.Open(plan.Threads);
        BenchPlan mine = plan with
        {
            Peers = [.. plan.Peers.Where(peer => mode.Keeps(peer))],
            StepsForLoss = mode == ExecutionMode.Plain ? plan.StepsForLoss : 0,
        };
        foreach (StepShape shape in plan.Shapes)
        {
            using ShapeContest contest = new(mine, shape, mode);
            contest.Run();
        }
    }
}
