using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SaeKernels.Report;

/// <summary>Hands out a report folder to browsers on this machine, and nothing else.</summary>
/// <remarks>
/// Listens on 127.0.0.1 only and answers only requests that name it or <c>localhost</c>. A path is never joined to the
/// folder: it is the page, or the name of a part, or not found.
/// </remarks>
public sealed class ReportServer : IDisposable
{
    private static readonly Regex PartPath =
        new(@"^/parts/(?<name>[a-z]{1,20}(-[0-9]{1,9})?)\.json\.deflate\z", RegexOptions.CultureInvariant);

    private readonly string folder;
    private readonly HttpListener listener = new();

    private ReportServer(string folder, int port)
    {
        this.folder = folder;
        this.Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/");
        this.listener.Prefixes.Add(this.Address);
        this.listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
        this.listener.Start();
    }

    /// <summary>What to open in a browser.</summary>
    public string Address { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="folder">A folder that <see cref="FeatureReport.WriteFolder"/> wrote.</param>
    /// <param name="port">The port, 1 to 65,535; 0, the default, takes a free one.</param>
    /// <exception cref="ArgumentException">The port is out of its range.</exception>
    /// <exception cref="FileNotFoundException">The folder holds no report.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static ReportServer Start(string folder, int port = 0)
    {
        if (port is < 0 or > 65535)
        {
            throw new ArgumentException(
                $"ReportServer: Port must be between 0 and 65535, but is {port}. Take 0 for a free one.");
        }

        if (!File.Exists(Path.Combine(folder, ReportWriter.PageFile)))
        {
            throw new FileNotFoundException(
                $"{folder}: must hold the page {ReportWriter.PageFile} of a report folder, but does not. "
                + "Write one with a name that does not end in .html.");
        }

        int chosen = port == 0 ? FreePort() : port;
        try
        {
            return new ReportServer(folder, chosen);
        }
        catch (HttpListenerException exception)
        {
            throw new IOException(
                $"port {chosen}: must be free, but cannot be opened: {exception.Message}. Choose another Port.",
                exception);
        }
    }

    /// <summary>Answers requests until it is cancelled or disposed.</summary>
    /// <param name="cancellation">Ends the loop.</param>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using CancellationTokenRegistration stop = cancellation.Register(this.listener.Close);
        while (this.listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await this.listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // This is how a closed listener says that it was closed.
                return;
            }

            await AnswerAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>Stops to listen.</summary>
    public void Dispose() => ((IDisposable)this.listener).Dispose();

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        HttpListenerResponse response = context.Response;
        try
        {
            response.Headers["X-Content-Type-Options"] = "nosniff";
            response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            (string File, string Type)? found = Find(context.Request);
            if (found is not { } file)
            {
                response.StatusCode = (int)HttpStatusCode.NotFound;
            }
            else
            {
                byte[] bytes = await File.ReadAllBytesAsync(file.File).ConfigureAwait(false);
                response.ContentType = file.Type;
                response.ContentLength64 = bytes.Length;
                await response.OutputStream.WriteAsync(bytes).ConfigureAwait(false);
            }

            response.Close();
        }
        catch (Exception exception) when (exception is HttpListenerException or IOException)
        {
            // The browser went away; the next request is another one.
            response.Abort();
        }
    }

    private (string File, string Type)? Find(HttpListenerRequest request)
    {
        string path = request.RawUrl?.Split('?', 2)[0] ?? string.Empty;
        if (request.HttpMethod != "GET")
        {
            return null;
        }

        if (path is "/" or "/index.html")
        {
            return (Path.Combine(this.folder, ReportWriter.PageFile), "text/html; charset=utf-8");
        }

        Match part = PartPath.Match(path);
        string file = Path.Combine(
            this.folder, ReportWriter.PartFolder, part.Groups["name"].Value + ReportWriter.PartExtension);
        return part.Success && File.Exists(file) ? (file, "application/octet-stream") : null;
    }
}
