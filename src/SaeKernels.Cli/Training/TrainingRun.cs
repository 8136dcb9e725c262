using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>A finished run, and the way there: progress, interruption, evaluation.</summary>
internal sealed record TrainingRun(
    RunFolder Folder, RunRecord Record, TrainingOutcome Outcome, EvaluationResult? Evaluation)
{
    /// <summary>The data of the run.</summary>
    public RunData Data => this.Record.Data;

    /// <summary>Trains, evaluates and reports; returns the exit code.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="open">Begins or resumes the session.</param>
    /// <param name="resumeLine">The command line that continues the run where it is interrupted.</param>
    /// <param name="report">Prints the results of a run that came to its end.</param>
    public static int Execute(
        string folder, Func<TrainingSession> open, string resumeLine, Action<TrainingRun> report)
    {
        using RunFolderLock taken = new(new RunFolder(folder));
        using TrainingSession session = Train(open, out TrainingOutcome outcome);
        if (!outcome.Completed)
        {
            Console.Error.WriteLine(
                $"sae: interrupted after step {outcome.Step} of {session.Record.Plan.Steps}; saved "
                + $"{outcome.CheckpointPath}. Continue with:");
            Console.Error.WriteLine(resumeLine);
            return ExitCodes.Interrupted;
        }

        EvaluationResult? evaluation = session.Evaluate();
        report(new TrainingRun(session.Folder, session.Record, outcome, evaluation));
        return ExitCodes.Done;
    }

    /// <summary>Prints the held-out figures and where everything is.</summary>
    public void WriteSummary()
    {
        // A run that was complete before it was resumed has no speed.
        string speed = this.Outcome.TokensPerSecond > 0
            ? string.Create(CultureInfo.InvariantCulture, $", {this.Outcome.TokensPerSecond:N0} vectors/s")
            : string.Empty;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"trained:  {this.Outcome.Tokens:N0} vectors in {this.Outcome.Step:N0} steps{speed}"));
        if (this.Evaluation is EvaluationResult figures)
        {
            string dead = figures.DeadFraction is double share
                ? string.Create(CultureInfo.InvariantCulture, $"  dead {share:P1}")
                : string.Empty;
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"held out: FVU {figures.Fvu:F4}  cosine {figures.Cosine:F4}  L0 {figures.L0:F1}{dead}  "
                + $"({figures.Tokens:N0} vectors that training never saw)"));
            foreach ((int site, SiteFigures own) in (figures.Sites ?? []).Index())
            {
                Console.Out.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  site {site}: FVU {own.Fvu:F4}  cosine {own.Cosine:F4}  share of the decoder "
                    + $"{own.MeanDecoderShare:F3}"));
            }
        }

        string figuresFile = this.Evaluation is null ? string.Empty : "eval.json, ";
        bool isOwn = SaeArchitectures.Get(this.Record.Plan.Architecture).SaeLensNote is not null;
        Console.Out.WriteLine(
            $"saved:    {this.Folder.Path} (cfg.json and sae_weights.safetensors are "
            + $"{(isOwn ? "in SAELens' layout" : "a SAELens model")}; run.json, metrics.csv, {figuresFile}"
            + "checkpoints)");
    }

    private static TrainingSession Train(Func<TrainingSession> open, out TrainingOutcome outcome)
    {
        // The signals are let go before the evaluation: all is saved by then, and an interruption need not wait.
        using Interruption interruption = new();
        TrainingSession session = open();
        try
        {
            WriteConfiguration(session);
            outcome = TrainingDisplay.Run(session, interruption.Token);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Writes run.json in a line for each of its parts.</summary>
    private static void WriteConfiguration(TrainingSession session)
    {
        foreach ((string name, JsonNode? part) in JsonNode.Parse(session.Record.ToJson())!.AsObject())
        {
            string text = part is JsonObject members
                ? string.Join(", ", members.Select(member => $"{member.Key} {member.Value?.ToJsonString() ?? "null"}"))
                : $"{part}";
            Console.Error.WriteLine($"{name}: {text.Replace("\"", string.Empty, StringComparison.Ordinal)}");
        }

        Console.Error.WriteLine($"memory: {session.Memory}");
    }
}
