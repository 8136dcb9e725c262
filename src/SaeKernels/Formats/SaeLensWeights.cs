using SaeKernels.Abstractions;
using SaeKernels.Files;

namespace SaeKernels;

/// <summary>
/// The <c>sae_weights.safetensors</c> of a model in SAELens' layout, opened and found to fit its configuration.
/// </summary>
internal sealed class SaeLensWeights : IDisposable
{
    private const string SkipName = "W_skip";
    private readonly WeightTensors tensors;
    private readonly string bEnc;

    /// <summary>Opens the file; no weight is read yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The configuration beside it.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown, or of another shape.</exception>
    public SaeLensWeights(string path, SaeConfig config)
    {
        SaeArchitecture architecture = SaeArchitectures.Get(config.Architecture);
        this.bEnc = architecture.EncoderBiasTensor;
        string[] vectors = [.. architecture.LatentVectors.Select(vector => vector.TensorName)];
        this.tensors = new WeightTensors(SafetensorsFile.Open(path), SaeLensLayout.ConfigFileName);
        try
        {
            this.tensors.Require("W_enc", config.DIn, config.DSae);
            this.tensors.Require(this.bEnc, config.DSae);
            this.tensors.Require("W_dec", config.DSae, config.DOut);
            this.tensors.Require("b_dec", config.DOut);
            Array.ForEach(vectors, name => this.tensors.Require(name, config.DSae));
            string[] skip = architecture.HasSkip ? [SkipName] : [];
            Array.ForEach(skip, name => this.tensors.Require(name, config.DOut, config.DIn));
            this.tensors.RequireNoOther(["W_enc", this.bEnc, "W_dec", "b_dec", .. vectors, .. skip]);
        }
        catch
        {
            this.tensors.Dispose();
            throw;
        }
    }

    /// <summary>Reads all weights.</summary>
    /// <param name="parameters">Receives them.</param>
    /// <exception cref="InvalidDataException">
    /// A weight is not finite, a tensor is not of real numbers, or the file shrank.
    /// </exception>
    public void ReadInto(SaeParameters parameters)
    {
        this.tensors.ReadTransposed("W_enc", parameters.WEnc);
        this.tensors.Read(this.bEnc, parameters.BEnc);
        this.tensors.Read("W_dec", parameters.WDec.Buffer);
        this.tensors.Read("b_dec", parameters.BDec);
        if (parameters.WSkip is RealMatrix skip)
        {
            this.tensors.Read(SkipName, skip.Buffer);
        }

        foreach ((LatentVector vector, RealBuffer values) in parameters.LatentVectors)
        {
            this.tensors.Read(vector.TensorName, values);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => this.tensors.Dispose();
}
