using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The factor on a penalty's weight that keeps its size where its exponent changes: the mean cost with the exponent of
/// before over the mean cost with the one of after, in up to ten steps before the change.
/// </summary>
/// <remarks>
/// What latents cost in these steps waits on the device, and is read when the exponent changes or a checkpoint is
/// written. Sums are taken in float64 in the order of latents, so that a resumed run has the same factor bit for bit.
/// Source: the p-anneal trainer of dictionary_learning.
/// </remarks>
internal sealed class PenaltyContinuity : IDisposable
{
    /// <summary>The most steps before a change that count.</summary>
    public const int Steps = 10;

    private const string FactorName = "p_factor";
    private const string NotedName = "p_noted";
    private readonly RealBuffer[] before = new RealBuffer[Steps];
    private readonly RealBuffer[] after = new RealBuffer[Steps];
    private readonly double[] sumsBefore = new double[Steps];
    private readonly double[] sumsAfter = new double[Steps];
    private readonly double[] host;
    private int noted;
    private int read;

    /// <summary>Begins with a factor of 1.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="latents">The number of latents.</param>
    public PenaltyContinuity(IComputeBackend backend, int latents)
    {
        this.host = new double[latents];
        for (int i = 0; i < Steps; i++)
        {
            this.before[i] = backend.AllocateReal("PenaltiesBefore", latents);
            this.after[i] = backend.AllocateReal("PenaltiesAfter", latents);
        }
    }

    /// <summary>The factor since the last change.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>Returns where a step leaves what latents cost, with the exponent of now and the next one.</summary>
    public (RealBuffer Before, RealBuffer After) Note()
    {
        int step = Math.Min(this.noted, Steps - 1);
        this.noted = step + 1;
        this.read = Math.Min(this.read, step);
        return (this.before[step], this.after[step]);
    }

    /// <summary>Takes the means of the steps that were noted into the factor, and forgets these.</summary>
    public void Change()
    {
        Read();
        double costBefore = this.sumsBefore.Take(this.noted).Sum();
        double costAfter = this.sumsAfter.Take(this.noted).Sum();

        // Where nothing was active there is nothing to go by.
        if (costBefore > 0 && costAfter > 0)
        {
            this.Factor *= costBefore / costAfter;
        }

        this.noted = 0;
        this.read = 0;
    }

    /// <summary>Waits for the device, and writes all that later factors depend on.</summary>
    public void Save(IDictionary<string, double> state)
    {
        Read();
        state[FactorName] = this.Factor;
        state[NotedName] = this.noted;
        for (int i = 0; i < this.noted; i++)
        {
            state[Name("before", i)] = this.sumsBefore[i];
            state[Name("after", i)] = this.sumsAfter[i];
        }
    }

    /// <summary>Continues from what was saved.</summary>
    public void Restore(IReadOnlyDictionary<string, double> state)
    {
        this.Factor = state[FactorName];
        this.noted = (int)state[NotedName];
        this.read = this.noted;
        for (int i = 0; i < this.noted; i++)
        {
            this.sumsBefore[i] = state[Name("before", i)];
            this.sumsAfter[i] = state[Name("after", i)];
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (RealBuffer buffer in this.before.Concat(this.after))
        {
            buffer.Dispose();
        }
    }

    private static string Name(string side, int step) => $"p_{side}_{step}";

    private void Read()
    {
        for (; this.read < this.noted; this.read++)
        {
            this.sumsBefore[this.read] = Sum(this.before[this.read]);
            this.sumsAfter[this.read] = Sum(this.after[this.read]);
        }
    }

    private double Sum(RealBuffer costs)
    {
        costs.Download(this.host);
        return this.host.Sum();
    }
}
