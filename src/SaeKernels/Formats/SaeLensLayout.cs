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
/// <para>A transcoder adds d_out, W_dec [d_sae, d_out], b_dec [d_out], and W_skip [d_out, d_in] with a linear path; its
/// encoder sees x itself, and <c>apply_b_dec_to_input</c> is false. Where SAELens would compute otherwise, or has no
/// such architecture, <c>metadata</c> say so.</para>
/// <para>Input scaling is folded into the weights, so that the saved model reads raw activations. A model trained on
/// x′ = (x − μ)·s computes p = b_enc + W_enc·(x′ − b_dec) and x̂′ = b_dec + Σ v·W_dec[i, ·]. With b = b_dec/s + μ,
/// x′ − b_dec = s·(x − μ) − b_dec = s·(x − b), and so p = b_enc + (s·W_enc)·(x − b): the same latents. Back in the
/// units of x, x̂ = x̂′/s + μ = b + Σ v·(W_dec[i, ·]/s). Hence W_enc·s, W_dec/s, b_dec/s + μ, and b_enc as it is, like
/// all that belongs to pre-activations: thresholds, for example. Each is computed in float64 and rounded to float32
/// once. A transcoder, with y′ = (y − ν)·t, computes p = b_enc + W_enc·x′ and ŷ′ = b_dec + Σ v·W_dec[i, ·] + W_skip·x′:
/// hence W_enc·s, b_enc − W_enc·s·μ, W_dec/t, W_skip·s/t, and b_dec/t + ν − W_skip·s·μ/t.</para>
/// <para>Layer normalisation cannot be folded in, as every vector has a scale of its own: <c>cfg.json</c> then says
/// <c>normalize_activations</c> <c>layer_norm</c>, and the weights are those for normalised vectors.</para>
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
    /// <param name="targets">How the training scaled what a transcoder reconstructs; null for not at all.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    /// <exception cref="IOException">The files cannot be written, for example because the disk is full.</exception>
    public static void Save(
        string folder,
        SaeConfig config,
        SaeParameters parameters,
        InputScaling scaling,
        JsonObject? metadata = null,
        InputScaling? targets = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(scaling);
        RequireSizes(config, parameters, scaling, targets);
        _ = Directory.CreateDirectory(folder);
        SaeArchitecture architecture = SaeArchitectures.Get(config.Architecture);
        InputScaling outputs = architecture.HasTarget ? targets ?? InputScaling.None : scaling;
        FoldedWeights folded = new(parameters, scaling, outputs, architecture.HasTarget);
        List<TensorContent> tensors =
        [
            TensorContent.Singles("W_dec", [config.DSae, config.DOut], folded.ReadWDec),
            TensorContent.Singles("W_enc", [config.DIn, config.DSae], folded.ReadWEnc),
            TensorContent.Singles("b_dec", [config.DOut], folded.ReadBDec),
            TensorContent.Singles(architecture.EncoderBiasTensor, [config.DSae], folded.ReadBEnc),
            .. parameters.LatentVectors.Select(pair => Vector(pair.Vector.TensorName, pair.Values)),
        ];
        if (parameters.WSkip is not null)
        {
            tensors.Add(TensorContent.Singles("W_skip", [config.DOut, config.DIn], folded.ReadWSkip));
        }

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

    private static void RequireSizes(
        SaeConfig config, SaeParameters parameters, InputScaling scaling, InputScaling? targets)
    {
        config.Validate();
        Shape.RequireMatrix(
            nameof(SaeLensLayout), nameof(parameters.WEnc), parameters.WEnc, config.DSae, config.DIn);
        Shape.Require(
            !config.HasLayerNorm || scaling is { Mean.Count: 0, Scales.Count: 0, Scale: 1 },
            nameof(SaeLensLayout),
            $"scaling must change nothing with HasLayerNorm, which takes its place, but does.",
            "Pass InputScaling.None.");
        Require("scaling.Mean", scaling.Mean.Count, "DIn", config.DIn);
        Require("scaling.Scales", scaling.Scales.Count, "DIn", config.DIn);
        Require("targets.Mean", targets?.Mean.Count ?? 0, "DOut", config.DOut);
        Require("targets.Scales", targets?.Scales.Count ?? 0, "DOut", config.DOut);

        static void Require(string member, int count, string width, int wanted) => Shape.Require(
            count == 0 || count == wanted,
            nameof(SaeLensLayout),
            $"{member} must have no element or {width} = {wanted}, but has {count}.",
            "Pass the scaling of the data that the model was trained on.");
    }

    private static void RequireFiles(string folder)
    {
        if (!Directory.Exists(folder))
        {
            string found = File.Exists(folder) ? "is a file. Name its folder" : "does not exist. Check the path";
            throw new DirectoryNotFoundException($"{folder}: must be the folder of a saved model, but {found}.");
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
}
