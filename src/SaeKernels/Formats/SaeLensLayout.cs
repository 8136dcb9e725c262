using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Files;

namespace SaeKernels;

/// <summary>
/// SAELens' folder of a model: <c>cfg.json</c> and <c>sae_weights.safetensors</c> with W_enc [d_in, d_sae],
/// W_dec [d_sae, d_in], b_enc [d_sae], b_dec [d_in], and what an architecture has for each latent, such as threshold
/// [d_sae].
/// </summary>
/// <remarks>
/// <para>An architecture that SAELens has not is saved as the one that computes the same: BatchTopK as <c>jumprelu</c>
/// with a threshold. The <c>metadata</c> of <c>cfg.json</c> then keep its own configuration.</para>
/// <para>Input scaling is folded into the weights, so that the saved model reads raw activations. A model trained on
/// x′ = (x − μ)·s computes p = b_enc + W_enc·(x′ − b_dec) and x̂′ = b_dec + Σ v·W_dec[i, ·]. With b = b_dec/s + μ,
/// x′ − b_dec = s·(x − μ) − b_dec = s·(x − b), and so p = b_enc + (s·W_enc)·(x − b): the same latents. Back in the
/// units of x, x̂ = x̂′/s + μ = b + Σ v·(W_dec[i, ·]/s). Hence W_enc·s, W_dec/s, b_dec/s + μ, and b_enc as it is, like
/// all that belongs to pre-activations: thresholds, for example. Each is computed in float64 and rounded to float32
/// once.</para>
/// <para>Matrices are transposed in blocks, without a second copy of a whole large one.
/// Source of the layout: https://github.com/decoderesearch/SAELens, version 6.</para>
/// </remarks>
public static class SaeLensLayout
{
    /// <summary>The name of the configuration file.</summary>
    public const string ConfigFileName = "cfg.json";

    /// <summary>The name of the file of weights.</summary>
    public const string WeightsFileName = "sae_weights.safetensors";

    /// <summary>Writes a model. Each file is complete or not there; those of an earlier model are replaced.</summary>
    /// <param name="folder">The folder; made where it does not exist.</param>
    /// <param name="config">Architecture and sizes.</param>
    /// <param name="parameters">The weights that the training produced.</param>
    /// <param name="scaling">How the training scaled its inputs; folded in.</param>
    /// <param name="metadata">
    /// More entries for the <c>metadata</c> of <c>cfg.json</c>, such as <c>hook_name</c>; or null.
    /// </param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    /// <exception cref="IOException">The files cannot be written, for example because the disk is full.</exception>
    public static void Save(
        string folder, SaeConfig config, SaeParameters parameters, InputScaling scaling, JsonObject? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(scaling);
        RequireSizes(config, parameters, scaling);
        _ = Directory.CreateDirectory(folder);
        double scale = scaling.Scale;
        TransposedReader wEnc = new(parameters.WEnc, scale);
        long[] rows = [config.DSae, config.DIn];
        TensorContent[] tensors =
        [
            TensorContent.Singles("W_dec", rows, (first, target) => ReadWDec(parameters.WDec, first, target, scale)),
            TensorContent.Singles("W_enc", [config.DIn, config.DSae], wEnc.Read),
            TensorContent.Singles(
                "b_dec", [config.DIn], (first, part) => ReadBDec(parameters.BDec, first, part, scaling)),
            Vector(SaeArchitectures.Get(config.Architecture).EncoderBiasTensor, parameters.BEnc),
            .. parameters.LatentVectors.Select(pair => Vector(pair.Vector.TensorName, pair.Values)),
        ];
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFileName), tensors);
        AtomicFile.WriteText(Path.Combine(folder, ConfigFileName), SaeLensConfig.Write(config, metadata));
    }

    /// <summary>Reads a model onto a backend.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FileNotFoundException">One of the two files does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is broken, the architecture or a setting is not supported, a tensor is missing, unknown or of another
    /// shape, or a weight is not finite.
    /// </exception>
    public static Sae Load(string folder, IComputeBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        RequireFiles(folder);
        SaeConfig config = SaeLensConfig.Read(Path.Combine(folder, ConfigFileName));
        using SaeLensWeights weights = new(Path.Combine(folder, WeightsFileName), config);
        Sae sae = SaeArchitectures.Create(backend, config);
        try
        {
            weights.ReadInto(sae.Parameters);
            return sae;
        }
        catch
        {
            sae.Dispose();
            throw;
        }
    }

    private static void RequireSizes(SaeConfig config, SaeParameters parameters, InputScaling scaling)
    {
        const string Where = nameof(SaeLensLayout);
        config.Validate();
        Shape.RequireMatrix(Where, nameof(parameters.WEnc), parameters.WEnc, config.DSae, config.DIn);
        int mean = scaling.Mean.Count;
        Shape.Require(
            mean == 0 || mean == config.DIn,
            Where,
            $"scaling.Mean must have no element or DIn = {config.DIn}, but has {mean}.",
            "Pass the scaling of the data that the model was trained on.");
    }

    private static void RequireFiles(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"{folder}: must be the folder of a saved model, but does not exist. Check the path.");
        }

        foreach (string name in (string[])[ConfigFileName, WeightsFileName])
        {
            if (!File.Exists(Path.Combine(folder, name)))
            {
                throw new FileNotFoundException(
                    $"{folder}: a saved model has {ConfigFileName} and {WeightsFileName}, but there is no {name}. "
                    + "Check the path, or save the model again.",
                    Path.Combine(folder, name));
            }
        }
    }

    // Pre-activations are those of training, and so is all that belongs to them.
    private static TensorContent Vector(string name, RealBuffer values) =>
        TensorContent.Singles(name, [values.Length], (first, target) => values.Download(target, first));

    private static void ReadWDec(RealMatrix source, long first, Span<float> target, double scale)
    {
        source.Buffer.Download(target, first);
        foreach (ref float value in target)
        {
            value = (float)(value / scale);
        }
    }

    private static void ReadBDec(RealBuffer source, long first, Span<float> target, InputScaling scaling)
    {
        source.Download(target, first);
        for (int i = 0; i < target.Length; i++)
        {
            double mean = scaling.Mean.Count == 0 ? 0 : scaling.Mean[(int)first + i];
            target[i] = (float)((target[i] / (double)scaling.Scale) + mean);
        }
    }
}
