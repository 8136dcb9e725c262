using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The threshold of a batch-wide selection at inference: a running mean of the smallest values that batches kept.
/// </summary>
/// <remarks>
/// θ ← 0.99·θ + 0.01·cut after every step that kept anything; the first one assigns, and so does the first one after k
/// fell. Cuts gather on the device and are read when a step is reported or saved, so that others wait for nothing; the
/// mean is taken in order and in float64, and does not depend on when they are read.
/// Source: Bussmann et al. 2024, §3, which takes a mean over batches; the decay is that of SAELens.
/// </remarks>
internal sealed class RunningThreshold : IDisposable
{
    private const string StateName = "running_threshold";
    private const double Decay = 0.99;

    // 256 KiB, and longer than anybody goes without a report.
    private const int Block = 65_536;
    private readonly RealBuffer cuts;
    private readonly RealBuffer target;
    private int pending;
    private double threshold;

    /// <summary>Starts at 0.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="target">Receives the threshold in every element, when it is brought up to date.</param>
    public RunningThreshold(IComputeBackend backend, RealBuffer target)
    {
        this.cuts = backend.AllocateReal("Cuts", Block);
        this.target = target;
    }

    /// <summary>Where the next step leaves its cut.</summary>
    public ScalarSlot Cut => new(this.cuts, this.pending);

    /// <summary>Forgets all cuts so far, which say nothing about a selection that keeps fewer.</summary>
    public void Restart()
    {
        this.pending = 0;
        this.threshold = 0;
    }

    /// <summary>Counts the cut of a step that was taken.</summary>
    public void Advance()
    {
        this.pending++;
        if (this.pending == Block)
        {
            Read();
        }
    }

    /// <summary>Waits for the device and takes the cuts that have gathered into the mean.</summary>
    public void Read()
    {
        double[] values = new double[this.pending];
        this.cuts.Download(values);
        foreach (double cut in values)
        {
            // Not above 0 also where it is not a number: a batch that kept nothing, or a model that diverged.
            if (cut > 0)
            {
                this.threshold = this.threshold == 0 ? cut : (Decay * this.threshold) + ((1 - Decay) * cut);
            }
        }

        this.pending = 0;
    }

    /// <summary>Waits for the device, writes the threshold to the model and returns it under a name.</summary>
    public IReadOnlyDictionary<string, double> Save()
    {
        Read();
        WriteTarget();
        return new Dictionary<string, double> { [StateName] = this.threshold };
    }

    /// <summary>Continues from what was saved.</summary>
    public void Restore(IReadOnlyDictionary<string, double> state)
    {
        this.threshold = state[StateName];
        this.pending = 0;
        WriteTarget();
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.cuts.Dispose();

    private void WriteTarget()
    {
        double[] values = new double[this.target.Length];
        Array.Fill(values, this.threshold);
        this.target.Upload(values);
    }
}
