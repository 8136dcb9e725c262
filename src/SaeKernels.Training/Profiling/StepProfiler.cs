using System.Diagnostics;
using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// Times every operation of a training step, the whole step, the other operations there are, and the device's best
/// rates, in one run.
/// </summary>
public static class StepProfiler
{
    private const int LeastWarmUp = 3;
    private const int MostWarmUp = 100;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Profiles a step on made-up data.</summary>
    /// <remarks>
    /// Steps with marks between operations and steps without take turns, so that both see the same conditions. Ceilings
    /// are measured before and after, over as much memory as the step uses.
    /// </remarks>
    /// <param name="backend">A backend that is an <see cref="IMeasurableDevice"/>; the caller disposes it.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="repeats">Steps of each kind, at least 1.</param>
    /// <param name="deadShare">The share of latents that are dead, which AuxK then works on; from 0 to below 1.</param>
    /// <param name="progress">Is told the share that is done; null for nobody.</param>
    /// <exception cref="ArgumentException">
    /// A size is out of range, the backend cannot be measured, or its memory is too small.
    /// </exception>
    public static StepProfile Run(
        IComputeBackend backend, StepShape shape, int repeats, double deadShare = 0, IProgress<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 1);
        if (!(deadShare >= 0 && deadShare < 1))
        {
            throw new ArgumentException(
                $"StepProfiler: the share of dead latents must be from 0 to below 1, but is {deadShare}. Change it.",
                nameof(deadShare));
        }

        using TimedBackend timed = new(backend);
        IMeasurableDevice device = (IMeasurableDevice)backend;
        using SyntheticStep step = new(timed, shape, deadShare);
        long allocated = Warm(timed, step);
        List<DeviceCeiling> ceilings = [.. device.MeasureCeilings(allocated)];
        List<IReadOnlyList<OperationSample>> marked = [];
        List<(double Step, double Enqueue)> whole = [];
        List<double> uploads = [];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            marked.Add(RunMarked(timed, step));
            step.Prepare();
            whole.Add(RunWhole(backend, device, step));
            uploads.Add(TimeUpload(backend, step));
            progress?.Report((repeat + 1.0) / repeats);
        }

        List<IReadOnlyList<OperationSample>> others = RunOthers(timed, step, shape, repeats);
        ceilings.AddRange(device.MeasureCeilings(allocated));
        EncoderReport encoder = backend.ReadEncoderReport();
        DeviceCeilings best = new(ceilings);
        return new StepProfile
        {
            Device = backend.Device,
            Shape = shape,
            Encoder = encoder,
            Ceilings = best,
            Operations = Summarize(marked, best, encoder.Precision),
            Others = Summarize(others, best, encoder.Precision),
            Step = new Durations(whole.Select(times => times.Step)),
            Enqueue = new Durations(whole.Select(times => times.Enqueue)),
            Upload = new Durations(uploads),
            AllocatedBytes = allocated,
            Trace = marked.OrderBy(LengthOf).ElementAt((marked.Count - 1) / 2),
        };
    }

    private static long Warm(TimedBackend timed, SyntheticStep step)
    {
        // Kernels are compiled at their first launch, and .NET compiles hot methods again after a while.
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < MostWarmUp && (i < LeastWarmUp || clock.Elapsed < WarmUp); i++)
        {
            RunMarked(timed, step);
        }

        step.Upload();
        return timed.AllocatedBytes;
    }

    private static IReadOnlyList<OperationSample> RunMarked(TimedBackend timed, SyntheticStep step)
    {
        step.Prepare();
        timed.Begin();
        step.Run();
        return timed.End();
    }

    private static List<IReadOnlyList<OperationSample>> RunOthers(
        TimedBackend timed, SyntheticStep step, StepShape shape, int repeats)
    {
        using OtherOperations others = step.CreateOthers(timed, shape);
        HashSet<string> ofTheStep = [.. RunMarked(timed, step).Select(sample => sample.Name)];
        for (int i = 0; i < LeastWarmUp; i++)
        {
            others.Run();
        }

        List<IReadOnlyList<OperationSample>> runs = [];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            timed.Begin();
            others.Run();
            runs.Add([.. timed.End().Where(sample => !ofTheStep.Contains(sample.Name))]);
        }

        return runs;
    }

    private static (double Step, double Enqueue) RunWhole(
        IComputeBackend backend, IMeasurableDevice device, SyntheticStep step)
    {
        backend.Synchronize();
        using DeviceMark begin = device.Mark();
        long host = Stopwatch.GetTimestamp();
        step.Run();
        double enqueue = Stopwatch.GetElapsedTime(host).TotalSeconds;
        using DeviceMark end = device.Mark();
        backend.Synchronize();
        return (end.SecondsSince(begin), enqueue);
    }

    private static double TimeUpload(IComputeBackend backend, SyntheticStep step)
    {
        long begin = Stopwatch.GetTimestamp();
        step.Upload();
        backend.Synchronize();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static List<OperationProfile> Summarize(
        List<IReadOnlyList<OperationSample>> steps, DeviceCeilings ceilings, EncoderPrecision precision) =>
    [
        .. steps[0].Select((first, i) => new OperationProfile(
            first.Name, first.Cost, new Durations(steps.Select(step => step[i].Seconds)), ceilings, precision)),
    ];

    private static double LengthOf(IReadOnlyList<OperationSample> step) => step[^1].BeginSeconds + step[^1].Seconds;
}
