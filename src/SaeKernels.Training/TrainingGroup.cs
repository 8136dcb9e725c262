using System.Diagnostics;
using System.Runtime.ExceptionServices;
using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>Several runs on one pass over the data: every batch is read and normalised once for all of them.</summary>
/// <remarks>
/// The runs share batch size, data seed, holdout and normalisation, and nothing else. Each ends in the bits of the run
/// on its own. A run takes its steps on its own backend; as many runs are under way at a time as there are backends and
/// processors. Give every run a processor backend of one thread: no step then waits for another thread. A batch is on
/// the device once, for all runs.
/// </remarks>
public sealed class TrainingGroup : IDisposable
{
    private readonly TrainingSession[] sessions;
    private readonly Exception?[] faults;
    private readonly long[] busy;

    private TrainingGroup(TrainingSession[] sessions, int workers)
    {
        this.sessions = sessions;
        this.faults = new Exception?[sessions.Length];
        this.busy = new long[sessions.Length];
        this.Workers = workers;
    }

    /// <summary>The runs, in the order in which they were given.</summary>
    public IReadOnlyList<TrainingSession> Sessions => this.sessions;

    /// <summary>How many runs are under way at a time.</summary>
    public int Workers { get; }

    /// <summary>Begins runs.</summary>
    /// <param name="backends">
    /// A backend for each run, which must share their memory, as processor backends do; or one for all, which then take
    /// turns. Disposed by the caller.
    /// </param>
    /// <param name="store">The data; the caller disposes it.</param>
    /// <param name="options">What was chosen for each run.</param>
    /// <param name="folders">Each run's folder; must not hold a run.</param>
    /// <param name="hashMode">What of the data its hash covers.</param>
    /// <param name="replace">Whether runs in the folders are removed.</param>
    /// <exception cref="ArgumentException">
    /// An option is outside its range, the runs cannot share batches, or a folder holds a run.
    /// </exception>
    /// <exception cref="InvalidDataException">The data has a fault.</exception>
    public static TrainingGroup Start(
        IReadOnlyList<IComputeBackend> backends,
        ActivationStore store,
        IReadOnlyList<TrainingOptions> options,
        IReadOnlyList<string> folders,
        HashMode hashMode = HashMode.Sampled,
        bool replace = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(folders);
        RequireShared(options, run => run.Batch, nameof(TrainingOptions.Batch));
        RequireShared(options, run => run.DataSeed ?? run.Seed, nameof(TrainingOptions.DataSeed));
        RequireShared(options, run => run.Holdout, nameof(TrainingOptions.Holdout));
        RequireShared(options, run => run.Normalize, nameof(TrainingOptions.Normalize));
        PreparedData data = new(store);
        return Open(backends, folders, (run, backend) =>
            TrainingSession.Start(backend, data, options[run], folders[run], hashMode, replace));
    }

    /// <summary>Continues runs from their newest checkpoints.</summary>
    /// <param name="backends">A backend for each run, or one for all; disposed by the caller.</param>
    /// <param name="store">The runs' data; the caller disposes it.</param>
    /// <param name="folders">Each run's folder.</param>
    /// <exception cref="ArgumentException">The runs cannot share batches.</exception>
    /// <exception cref="FileNotFoundException">A folder holds no run or no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The data is other data, or a checkpoint has a fault.</exception>
    public static TrainingGroup Resume(
        IReadOnlyList<IComputeBackend> backends, ActivationStore store, IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        PreparedData data = new(store);
        TrainingGroup group =
            Open(backends, folders, (run, backend) => TrainingSession.Resume(backend, data, folders[run]));
        try
        {
            TrainingPlan[] plans = [.. group.sessions.Select(session => session.Record.Plan)];
            RequireShared(plans, plan => plan.Batch, nameof(TrainingOptions.Batch));
            RequireShared(plans, plan => plan.OrderSeed, nameof(TrainingOptions.DataSeed));
            RequireShared(plans, plan => plan.Holdout, nameof(TrainingOptions.Holdout));
            RequireShared(plans, plan => plan.Normalize, nameof(TrainingOptions.Normalize));
            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Trains all runs until their last steps, a given step, or until they are cancelled; each time all are saved.
    /// </summary>
    /// <param name="progress">
    /// Told the number of a run and how far it is, by several threads at once; may be null.
    /// </param>
    /// <param name="untilStep">The step after which they pause; a further call goes on. Null for the last one.</param>
    /// <param name="cancellation">Interrupts every run between two of its steps.</param>
    /// <returns>How each run ended; null for one that diverged, which lets the others go on.</returns>
    /// <exception cref="InvalidDataException">The data has a fault; all runs are saved.</exception>
    public IReadOnlyList<TrainingOutcome?> Run(
        Action<int, TrainingProgress>? progress = null,
        long? untilStep = null,
        CancellationToken cancellation = default)
    {
        long[] firstSteps = [.. this.sessions.Select(session => session.Step)];
        // A run that diverged before stays where it is.
        long[] ends =
        [
            .. this.sessions.Select((session, run) => this.faults[run] is null
                ? Math.Min(session.Record.Plan.Steps, untilStep ?? long.MaxValue)
                : session.Step),
        ];
        Array.Clear(this.busy);
        SharedBatches batches = new([.. firstSteps], ends);
        TrainingPass?[] passes =
        [
            .. this.sessions.Select((session, run) => this.faults[run] is null
                ? session.Begin(progress is null ? null : new Teller(run, progress))
                : null),
        ];
        Exception? fault = null;
        void Guarded(Action work)
        {
            try
            {
                work();
            }
            catch (Exception exception)
            {
                // Told to the caller once all runs are saved.
                _ = Interlocked.CompareExchange(ref fault, exception, null);
                batches.Stop();
            }
        }

        using (GroupBatches memory = this.sessions[0].CreateBatches())
        using (cancellation.Register(batches.Stop))
        {
            Thread[] threads =
            [
                new Thread(() => Guarded(() => Read(batches, memory))),
                .. Enumerable.Range(0, this.Workers)
                    .Select(_ => new Thread(() => Guarded(() => Work(batches, memory, passes)))),
            ];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
        }

        TrainingOutcome?[] outcomes = new TrainingOutcome?[passes.Length];
        for (int i = 0; i < passes.Length; i++)
        {
            int run = i;
            Guarded(() => outcomes[run] = End(passes[run], run, firstSteps[run]));
        }

        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        return outcomes;
    }

    /// <summary>Evaluates the saved models on the held-out vectors and writes each run's <c>eval.json</c>.</summary>
    /// <returns>The figures of each run; null where nothing was held out, or the run diverged.</returns>
    public IReadOnlyList<EvaluationResult?> Evaluate()
    {
        EvaluationResult?[] results = new EvaluationResult?[this.sessions.Length];
        _ = Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = this.Workers }, run =>
            results[run] = this.faults[run] is null ? this.sessions[run].Evaluate() : null);
        return results;
    }

    /// <summary>Frees the runs' memory on their devices.</summary>
    public void Dispose() => Array.ForEach(this.sessions, session => session.Dispose());

    private static TrainingGroup Open(
        IReadOnlyList<IComputeBackend> backends,
        IReadOnlyList<string> folders,
        Func<int, IComputeBackend, TrainingSession> open)
    {
        ArgumentNullException.ThrowIfNull(backends);
        int runs = folders.Count;
        if (runs == 0 || (backends.Count != runs && backends.Count != 1))
        {
            throw new ArgumentException(
                $"TrainingGroup: there must be at least 1 run and a backend for each, or one for all, but there are "
                + $"{runs} runs and {backends.Count} backends. Pass as many backends as runs.");
        }

        int workers = Math.Min(backends.Distinct().Count(), Environment.ProcessorCount);
        TrainingSession?[] sessions = new TrainingSession?[runs];
        try
        {
            _ = Parallel.For(0, runs, new ParallelOptions { MaxDegreeOfParallelism = workers }, run =>
                sessions[run] = open(run, backends[backends.Count == 1 ? 0 : run]));
            return new TrainingGroup([.. sessions.Select(session => session!)], workers);
        }
        catch (AggregateException several)
        {
            Array.ForEach(sessions, session => session?.Dispose());
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
            throw;
        }
    }

    private static void RequireShared<TRun, T>(IReadOnlyList<TRun> runs, Func<TRun, T> part, string name)
    {
        T[] all = [.. runs.Select(part).Distinct()];
        if (all.Length > 1)
        {
            throw new ArgumentException(
                $"TrainingGroup: runs that share batches must have the same {name}, but have "
                + $"{string.Join(", ", all)}. Give them one, or train them on their own.");
        }
    }

    /// <summary>Saves a run; returns null for one that diverged.</summary>
    private TrainingOutcome? End(TrainingPass? pass, int run, long firstStep)
    {
        using (pass)
        {
            try
            {
                TrainingSession session = this.sessions[run];
                double vectors = Math.Max(1, session.Step - firstStep) * session.Record.Plan.Batch;
                double microseconds = Stopwatch.GetElapsedTime(0, this.busy[run]).TotalMicroseconds;
                return this.faults[run] is null
                    ? pass!.Finish() with { StepMicroseconds = microseconds / vectors }
                    : null;
            }
            catch (TrainingDivergedException exception)
            {
                // Its loss was a number at the last logging step.
                this.faults[run] = exception;
                return null;
            }
        }
    }

    /// <summary>Reads batches for all runs, in the order of the run that is furthest behind.</summary>
    private void Read(SharedBatches batches, GroupBatches memory)
    {
        long step = batches.AwaitRoom();
        if (step < 0)
        {
            return;
        }

        using ShuffledRows rows = this.sessions[0].OpenRows(step);
        for (; step >= 0; step = batches.AwaitRoom())
        {
            memory.Fill(step, rows);
            batches.Fill();
        }
    }

    private void Work(SharedBatches batches, GroupBatches memory, TrainingPass?[] passes)
    {
        for (int run = batches.Take(out long steps); run >= 0; run = batches.Take(out steps))
        {
            TrainingSession session = this.sessions[run];
            long began = Stopwatch.GetTimestamp();
            try
            {
                bool goesOn = true;
                for (; steps > 0 && goesOn; steps--)
                {
                    session.Advance(memory);
                    passes[run]!.Follow();
                    goesOn = batches.Advance(run);
                }
            }
            catch (TrainingDivergedException exception)
            {
                this.faults[run] = exception;
            }

            this.busy[run] += Stopwatch.GetTimestamp() - began;
            batches.GiveBack(run, this.faults[run] is not null);
        }
    }

    private sealed class Teller(int run, Action<int, TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(run, value);
    }
}
