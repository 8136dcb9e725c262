namespace SaeKernels.PeerBench;

/// <summary>Something that trains one autoencoder step by step: ours, or one form of it in libtorch.</summary>
internal abstract class Trainer(string name) : IDisposable
{
    /// <summary>The learning rate of every trainer.</summary>
    public const double LearningRate = 2e-4;

    /// <summary>What results call it.</summary>
    public string Name { get; } = name;

    /// <summary>Where the time of a step goes.</summary>
    public StageClock Clock { get; } = new();

    /// <summary>The stage of <see cref="Clock"/> that forms the pre-activations.</summary>
    public abstract string EncoderStage { get; }

    /// <summary>Takes the next batch [batch, DIn]; not timed.</summary>
    public abstract void Load(float[] batch);

    /// <summary>Takes one optimiser step on the batch; this is what is timed.</summary>
    public abstract void Step();

    /// <summary>Enters the stages of the step into the clock; not timed.</summary>
    public virtual void Finish()
    {
    }

    /// <summary>The loss of the last step: mean_b ‖x − x̂‖² / V, and for L1 its penalty.</summary>
    public abstract double ReadLoss();

    /// <summary>The mean number of active latents in the last step.</summary>
    public abstract double ReadActive();

    public abstract void Dispose();
}
